// What VM does for a new version, and what is checked of what it gives.
#include "lib/sef/inherit.hpp"

#include "axo/layout.hpp"
#include "axo/vm_protocol.hpp"
#include "lib/sef/parked.hpp"
#include "lib/sef/transfer.hpp"
#include "lib/sys/ipc.hpp"
#include "lib/sys/log.hpp"

namespace axo::sef::detail {

namespace {

Result<vm::ArenaShare::Reply> share(Endpoint old_version, vm::ArenaMode mode) {
    const vm::ArenaShare request{.from = old_version, .to = own_endpoint(), .mode = mode, .reserved = 0};
    return sys::call(endpoint::vm, request);
}

bool sound(const sys::ArenaHeader &header) {
    return header.magic == sys::ArenaHeader::expected_magic && header.state != nullptr &&
           header.schema_table != nullptr;
}

}  // namespace

Heritage heritage_of(const rs::Init &init) {
    if (init.kind != rs::InitKind::update) return Heritage::none;
    if ((init.flags & rs::init_flag::fresh) != 0) return init.schema == 0 ? Heritage::none : Heritage::unused;
    if (init.schema == 0 || own_schema() == nullptr) return Heritage::impossible;
    return init.schema == own_schema_hash() ? Heritage::same : Heritage::changed;
}

Result<void *> share_arena(Endpoint old_version) {
    const vm::ArenaShare::Reply arena = TRY(share(old_version, vm::ArenaMode::copy));
    sys::use_arena(reinterpret_cast<void *>(arena.address.value));
    const sys::ArenaHeader &header = sys::arena();
    if (!sound(header) || header.schema != own_schema_hash()) return Error::not_supported;
    TRY(sys::grants().announce());
    return header.state;
}

Result<const sys::ArenaHeader *> open_old_arena(Endpoint old_version) {
    const std::size_t own_bytes = sys::arena().bytes;
    const vm::ArenaShare::Reply old = TRY(share(old_version, vm::ArenaMode::beside));
    void *own = reinterpret_cast<void *>(old.address.value == layout::arena_a ? layout::arena_b : layout::arena_a);
    sys::format_arena(own, own_bytes, Heap::Area::arena);
    sys::use_arena(own);
    const auto *before = reinterpret_cast<const sys::ArenaHeader *>(old.address.value);
    if (!sound(*before)) return Error::not_supported;
    return before;
}

Status take_over(const sys::ArenaHeader &before, Endpoint old_version, std::span<const MigrationStep> steps,
                 std::span<const std::uint64_t> drops) {
    {
        Transfer transfer(before, sys::arena());
        TRY(transfer.run(steps, drops));
    }
    TRY(sys::grants().announce());
    return take_parked(before, old_version);
}

Status take_parked(const sys::ArenaHeader &before, Endpoint old_version) {
    TRY(Parked::carry(before));
    TRY(share(old_version, vm::ArenaMode::done));
    return {};
}

}  // namespace axo::sef::detail
