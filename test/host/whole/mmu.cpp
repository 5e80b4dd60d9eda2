#include "test/host/whole/mmu.hpp"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "axo/layout.hpp"
#include "kernel/arch/ram.hpp"
#include "kernel/memory/page_table.hpp"
#include "test/host/whole/machine.hpp"
#include "test/host/whole/programs.hpp"

namespace axo::kernel::arch {
alignas(page_size) std::byte host_ram[whole::ram_bytes];
}  // namespace axo::kernel::arch

namespace axo::whole {

namespace {

using namespace kernel;

// Where processes have memory. Text and constants of programs lie in the host program's own image, at the same
// addresses.
struct Area {
    std::uint64_t start, end;
};
constexpr Area areas[] = {
    {schema_address, schema_address + page_size},
    {context_address, context_address + context_bytes},
    {layout::arena_a, layout::regions_end},
    {layout::stack_end - layout::user_stack_max, layout::mapping_end},
};

[[noreturn]] void fail(const char *what) {
    std::perror(what);
    std::abort();
}

/// The entry for an address, 0 where the walk ends early.
std::uint64_t walk(std::uint64_t root, std::uint64_t address) {
    std::uint64_t entry = root | entry_bit::present;
    for (int shift = 39; shift >= 12; shift -= 9) {
        const PhysAddr table{entry & entry_bit::frame_mask};
        if (table.value >= ram_bytes) return 0;
        entry = static_cast<const std::uint64_t *>(arch::ram(table))[address >> shift & 511];
        if ((entry & entry_bit::present) == 0) return 0;
    }
    return entry;
}

/// Other memory where the kernel sees the machine's.
void put_ram(int flags, int file) {
    constexpr int protection = PROT_READ | PROT_WRITE;
    if (mmap(arch::host_ram, ram_bytes, protection, flags | MAP_FIXED, file, 0) == MAP_FAILED)
        fail("memory of the machine");
}

}  // namespace

Mmu::Mmu() : memory_file_(memfd_create("machine", 0)) {
    if (memory_file_ < 0 || ftruncate(memory_file_, ram_bytes) != 0) fail("memory of the machine");
    put_ram(MAP_SHARED, memory_file_);
}

Mmu::~Mmu() {
    flush();
    put_ram(MAP_PRIVATE | MAP_ANONYMOUS, -1);
    // The host program's own section lies there; what looks at all of it at the end must find something.
    void *const schema = reinterpret_cast<void *>(schema_address);
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (mmap(schema, page_size, PROT_READ, flags, -1, 0) == MAP_FAILED) fail("the table of a State");
    close(memory_file_);
}

bool Mmu::fill(std::uint64_t root, std::uint64_t address, bool write) {
    bool inside = false;
    for (const Area &area : areas) inside |= address >= area.start && address < area.end;
    if (!inside) return false;
    const std::uint64_t entry = walk(root, address);
    const std::uint64_t frame = entry & entry_bit::frame_mask;
    if (entry == 0 || (write && (entry & entry_bit::write) == 0) || frame >= ram_bytes) return false;
    const int protection = PROT_READ | ((entry & entry_bit::write) != 0 ? PROT_WRITE : 0);
    void *page = reinterpret_cast<void *>(address & ~(page_size - 1));
    // By the call itself: the sanitizer's own mmap keeps books on what it sees.
    if (syscall(SYS_mmap, page, page_size, protection, MAP_SHARED | MAP_FIXED, memory_file_, frame) == -1)
        fail("a page of a process");
    return true;
}

void Mmu::flush() {
    for (const Area &area : areas)
        if (syscall(SYS_munmap, reinterpret_cast<void *>(area.start), area.end - area.start) != 0) fail("munmap");
}

void Mmu::flush_page(std::uint64_t address) {
    for (const Area &area : areas) {
        if (address < area.start || address >= area.end) continue;
        if (syscall(SYS_munmap, reinterpret_cast<void *>(address & ~(page_size - 1)), page_size) != 0) fail("munmap");
    }
}

}  // namespace axo::whole
