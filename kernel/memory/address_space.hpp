// Address spaces: a page table each, shared by the threads of a process; and the pool of frames that tables are made
// of. VM decides what is mapped; the kernel keeps the tables true and the TLB in step.
#pragma once

#include "kernel/arch/ram.hpp"
#include "kernel/memory/page_table.hpp"
#include "kernel/process/process.hpp"

namespace axo::kernel {

struct TableAccess {
    PageEntry *table(PhysAddr frame) const { return static_cast<PageEntry *>(arch::ram(frame)); }
};
using UserPageTable = PageTable<TableAccess>;

/// Free table frames, chained through their first word.
class FramePool {
public:
    std::size_t available() const { return available_; }
    std::size_t in_use() const { return in_use_; }
    PhysAddr take();
    void give(PhysAddr frame);
    /// A frame that VM hands over, or takes back: the number in use does not change.
    void donate(PhysAddr frame);
    PhysAddr reclaim();

private:
    static constexpr std::uint64_t end_ = ~0ull;
    std::uint64_t first_ = end_;
    std::size_t available_ = 0, in_use_ = 0;
};

struct AddressSpace {
    PhysAddr root;
    unsigned users;  // processes
    bool dying;      // without any, and with tables that are not yet back in the pool

    bool is_free() const { return users == 0 && !dying; }
    UserPageTable table() const { return UserPageTable(TableAccess{}, root); }
};

struct SpaceTable {
    AddressSpace spaces[max_processes] = {};
    PhysAddr kernel_root{};
    unsigned dying = 0;
};

/// The table whose upper half every address space gets; also what runs when a space is destroyed under the processor.
void set_kernel_root(PhysAddr root);

/// Gives the process an empty address space. Errors: busy (it has one), tables_needed.
Status create_space(Process &process);

/// Lets `process` use the address space of `owner` too.
void share_space(Process &process, Process &owner);

/// Takes the address space from the process. The tables of one that nobody uses any more go to the pool in
/// reap_spaces.
void drop_space(Process &process);

/// Gives back tables of dying spaces, as many as may be at once. True: none is left.
bool reap_spaces();

/// Makes a page table that the loader built the address space of a boot service.
void adopt_space(Process &process, PhysAddr root);

/// Exchanges the address spaces of two processes.
void swap_spaces(Process &a, Process &b);

/// After entries of `space` changed: forgets cached translations of the range if the processor uses that space.
void flush_range(const AddressSpace &space, VirtAddr address, std::uint64_t pages);
void flush_space(const AddressSpace &space);

}  // namespace axo::kernel
