// The page walk of the processor. What a process touches is put at its own address in the host's memory map, as a view
// of the machine's memory: the map is a TLB of the page table that is loaded, filled by faults.
#pragma once

#include <cstdint>

namespace axo::whole {

class Mmu {
public:
    /// The machine's memory becomes one that can be seen at two addresses, all of it zeros.
    Mmu();
    /// No process' memory is seen any more, and the machine's is gone.
    ~Mmu();
    Mmu(const Mmu &) = delete;
    Mmu &operator=(const Mmu &) = delete;

    /// Fills the map for an access of the running process. False: the page table does not allow it.
    bool fill(std::uint64_t root, std::uint64_t address, bool write);

    /// Nothing of the map is right any more: another page table is loaded.
    void flush();
    /// One page of it is not.
    void flush_page(std::uint64_t address);

private:
    int memory_file_;
};

}  // namespace axo::whole
