// Who uses which page table.
#include "kernel/memory/address_space.hpp"

#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/kernel.hpp"
#include "kernel/process/scheduler.hpp"

#include <utility>

namespace axo::kernel {

namespace {

constexpr std::uint64_t pages_worth_single_flushes = 32;
constexpr std::uint64_t tables_at_once = 64;  // each is searched for tables below it

AddressSpace *free_space() {
    for (AddressSpace &space : the_kernel.spaces.spaces)
        if (space.is_free()) return &space;
    return nullptr;
}

void attach(Process &process, AddressSpace &space) {
    ++space.users;
    process.space = &space;
    process.root = space.root.value;
    release(process, run_flag::no_space);
}

bool is_loaded(const AddressSpace &space) { return arch::loaded_page_table() == space.root; }

}  // namespace

PhysAddr FramePool::take() {
    ++in_use_;
    return reclaim();
}

void FramePool::give(PhysAddr frame) {
    --in_use_;
    donate(frame);
}

void FramePool::donate(PhysAddr frame) {
    *static_cast<std::uint64_t *>(arch::ram(frame)) = first_;
    first_ = frame.value;
    ++available_;
}

PhysAddr FramePool::reclaim() {
    const PhysAddr frame{first_};
    first_ = *static_cast<const std::uint64_t *>(arch::ram(frame));
    --available_;
    return frame;
}

void set_kernel_root(PhysAddr root) { the_kernel.spaces.kernel_root = root; }

Status create_space(Process &process) {
    if (process.space != nullptr) return Error::busy;
    AddressSpace *space = free_space();
    if (space == nullptr) return Error::no_memory;
    const UserPageTable table =
        TRY(UserPageTable::create(TableAccess{}, the_kernel.spaces.kernel_root, the_kernel.table_pool));
    space->root = table.root();
    attach(process, *space);
    return {};
}

void share_space(Process &process, Process &owner) {
    if (owner.space != nullptr) attach(process, *owner.space);
}

void adopt_space(Process &process, PhysAddr root) {
    AddressSpace *space = free_space();
    space->root = root;
    attach(process, *space);
}

void drop_space(Process &process) {
    AddressSpace *space = process.space;
    if (space == nullptr) return;
    process.space = nullptr;
    process.root = 0;
    stop(process, run_flag::no_space);
    if (--space->users != 0) return;
    if (is_loaded(*space)) arch::load_page_table(the_kernel.spaces.kernel_root);
    space->dying = true;
    ++the_kernel.spaces.dying;
}

bool reap_spaces() {
    SpaceTable &all = the_kernel.spaces;
    if (all.dying == 0) return true;
    std::uint64_t left = tables_at_once;
    for (AddressSpace &space : all.spaces) {
        if (!space.dying) continue;
        const auto destroyed = space.table().destroy(the_kernel.table_pool, left);
        if (!destroyed.finished) return false;
        space = AddressSpace{};
        --all.dying;
        left -= destroyed.tables;
        if (all.dying == 0 || left == 0) break;
    }
    return all.dying == 0;
}

void swap_spaces(Process &a, Process &b) {
    std::swap(a.space, b.space);
    std::swap(a.root, b.root);
    for (Process *process : {&a, &b}) {
        if (process->space != nullptr)
            release(*process, run_flag::no_space);
        else
            stop(*process, run_flag::no_space);
    }
}

void flush_range(const AddressSpace &space, VirtAddr address, std::uint64_t pages) {
    if (!is_loaded(space)) return;
    if (pages > pages_worth_single_flushes) {
        arch::load_page_table(space.root);
        return;
    }
    for (std::uint64_t i = 0; i < pages; ++i) arch::invalidate_page(address.offset(i * page_size));
}

void flush_space(const AddressSpace &space) {
    if (is_loaded(space)) arch::load_page_table(space.root);
}

}  // namespace axo::kernel
