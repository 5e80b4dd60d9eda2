// set_grant_table, safe_copy_from, safe_copy_to, vsafe_copy: copies that the owner of the memory has granted.
#include "kernel/call/calls.hpp"
#include "kernel/memory/grant.hpp"
#include "kernel/process/privilege.hpp"

namespace axo::kernel::call {
namespace {

constexpr unsigned max_vector = 64;

enum class Direction { from_granter, to_granter };

Status granted_copy(Process &caller, Endpoint granter, GrantId grant, std::uint64_t offset, VirtAddr own,
                    std::uint64_t bytes, Direction direction) {
    const std::uint32_t access = direction == Direction::from_granter ? grant_flag::read : grant_flag::write;
    const MemoryPlace theirs = TRY(verify_grant(caller, {granter, grant, offset, bytes, access}));
    const MemoryPlace mine{&caller, own};
    return direction == Direction::from_granter ? copy_memory(caller, theirs, mine, bytes)
                                                : copy_memory(caller, mine, theirs, bytes);
}

CallResult safe_copy(Process &caller, Direction direction) {
    const GrantId grant{static_cast<std::int32_t>(number_argument(caller, 1))};
    return as_result(granted_copy(caller, endpoint_argument(caller, 0), grant, number_argument(caller, 2),
                                  address_argument(caller, 3), number_argument(caller, 4), direction));
}

/// One element; progress counts over all elements, so that a vector goes on in the middle of one.
Status copy_element(Process &caller, const VectorCopy &element, std::uint64_t done_before) {
    const bool from_self = element.from == endpoint::self, to_self = element.to == endpoint::self;
    if (from_self == to_self) return Error::invalid;
    const Endpoint granter = from_self ? element.to : element.from;
    const Direction direction = from_self ? Direction::to_granter : Direction::from_granter;
    const std::uint64_t done = caller.call_progress - done_before;
    caller.call_progress = done;  // within the element, for copy_memory
    const Status status =
        granted_copy(caller, granter, element.grant, element.offset, element.address, element.bytes, direction);
    caller.call_progress += done_before;
    return status;
}

}  // namespace

CallResult set_grant_table(Process &caller) {
    const VirtAddr address = address_argument(caller, 0);
    const std::uint64_t count = number_argument(caller, 1);
    if (count > max_grants) return Error::invalid;
    const Status in_range = count == 0 ? Status{} : check_user_range(address, count * sizeof(GrantEntry));
    if (!in_range) return in_range.error();
    caller.privilege->grant_table = address;
    caller.privilege->grant_count = static_cast<std::uint32_t>(count);
    return 0;
}

CallResult safe_copy_from(Process &caller) { return safe_copy(caller, Direction::from_granter); }
CallResult safe_copy_to(Process &caller) { return safe_copy(caller, Direction::to_granter); }

CallResult vsafe_copy(Process &caller) {
    const std::uint64_t count = number_argument(caller, 1);
    if (count > max_vector) return Error::too_big;
    VectorCopy vector[max_vector];
    const Status read = read_own(caller, address_argument(caller, 0), vector, count * sizeof(VectorCopy));
    if (!read) return read.error();
    std::uint64_t end = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t begin = end;
        if (vector[i].bytes > layout::user_end) return Error::not_permitted;
        end += vector[i].bytes;
        if (caller.call_progress > begin && caller.call_progress >= end) continue;  // done in an earlier round
        const Status copied = copy_element(caller, vector[i], begin);
        if (!copied) return copied.error();
    }
    return 0;
}

}  // namespace axo::kernel::call
