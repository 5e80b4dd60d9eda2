// safe_map, safe_revoke, safe_unmap: shared memory by grant (ref 1.14). The kernel checks and keeps the books; VM,
// asked in the caller's name, changes the mappings. Afterwards the call is run again and finds out what VM has done.
#include "kernel/memory/safe_map.hpp"

#include "kernel/call/calls.hpp"
#include "kernel/memory/grant.hpp"
#include "kernel/memory/memory_wait.hpp"
#include "kernel/process/turn_changes.hpp"

namespace axo::kernel::call {
namespace {

constexpr std::uint64_t vm_was_asked = 1;  // in call_progress

bool whole_pages(VirtAddr address, std::uint64_t bytes) {
    return address.value % page_size == 0 && bytes % page_size == 0 && bytes != 0;
}

/// Ends a mapping: the grantee keeps a copy. Returns restart_call, or the error that VM could not be asked.
Error end_mapping(Process &caller, SafeMap &map) {
    const SafeMap gone = map;
    map = SafeMap{};
    note_change(caller, the_machine, part::accounts);
    return ask_vm(caller, kernel_message::unmap_request, {gone.grantee.value, gone.address.value, gone.bytes});
}

}  // namespace

CallResult safe_map(Process &caller) {
    if (caller.call_progress == vm_was_asked) {
        if (!confirm_safe_map(caller.endpoint)) return Error::not_permitted;
        return 0;
    }
    const Endpoint granter = endpoint_argument(caller, 0);
    const GrantId grant{static_cast<std::int32_t>(number_argument(caller, 1))};
    const VirtAddr own = address_argument(caller, 3);
    const std::uint64_t bytes = number_argument(caller, 4);
    const bool writable = number_argument(caller, 5) != 0;
    if (!whole_pages(own, bytes)) return Error::invalid;
    const std::uint32_t access = grant_flag::map | grant_flag::read | (writable ? grant_flag::write : 0u);
    GrantChain chain;
    const MemoryPlace place =
        TRY(verify_grant(caller, {granter, grant, number_argument(caller, 2), bytes, access}, chain));
    if (place.address.value % page_size != 0 || place.process == &caller) return Error::invalid;
    for (const VirtAddr start : {own, place.address}) {
        const Status in_range = check_user_range(start, bytes);
        if (!in_range) return in_range.error();
    }
    SafeMap *map = reserve_safe_map(caller.endpoint);
    if (map == nullptr) return Error::busy;
    *map = {SafeMapState::asked, caller.endpoint, own, bytes, chain};
    caller.call_progress = vm_was_asked;
    return ask_vm(caller, kernel_message::map_request,
                  {caller.endpoint.value, own.value, bytes, place.process->endpoint.value, place.address.value,
                   writable ? fault_access::write : 0});
}

/// Revoking looks at the mappings, not at the grant: one that is no longer valid must not keep them alive. One that
/// VM is still busy with ends there, and the grantee's call fails.
CallResult safe_revoke(Process &caller) {
    const GrantId grant{static_cast<std::int32_t>(number_argument(caller, 0))};
    SafeMap *map = find_safe_map(caller.endpoint, grant);
    if (map == nullptr) return 0;
    return end_mapping(caller, *map);
}

CallResult safe_unmap(Process &caller) {
    if (caller.call_progress == vm_was_asked) return 0;
    SafeMap *map = find_safe_map(caller.endpoint, address_argument(caller, 0));
    if (map == nullptr) return Error::invalid;
    caller.call_progress = vm_was_asked;
    return end_mapping(caller, *map);
}

}  // namespace axo::kernel::call
