// The first C++: from boot.asm with paging on, to kernel_main with a working processor.
#include "axo/exit_code.hpp"
#include "kernel/arch/x86_64/acpi.hpp"
#include "kernel/arch/x86_64/boot_information.hpp"
#include "kernel/arch/x86_64/memory_map.hpp"
#include "kernel/arch/x86_64/time.hpp"

extern "C" {
extern char kernel_end[];
using Constructor = void (*)();
extern Constructor init_array_start[], init_array_end[];
}

namespace axo::kernel::arch {
namespace {

LoaderFacts facts;

constexpr std::uint64_t load_address = 0x10'0000;

}  // namespace

void add_ram(LoaderFacts &into, std::uint64_t start, std::uint64_t bytes) {
    constexpr unsigned room = sizeof into.info.ram / sizeof into.info.ram[0];
    if (bytes == 0 || into.info.ram_count == room) return;
    into.info.ram[into.info.ram_count++] = {PhysAddr{start}, bytes};
    if (start + bytes > into.ram_end.value) into.ram_end = PhysAddr{start + bytes};
}

void set_command_line(LoaderFacts &into, const char *text) {
    constexpr std::size_t room = sizeof into.info.command_line;
    for (std::size_t i = 0; i + 1 < room && text[i] != 0; ++i) into.info.command_line[i] = text[i];
}

}  // namespace axo::kernel::arch

extern "C" [[noreturn]] void boot_start(std::uint32_t loader, std::uint32_t information) {
    using namespace axo;
    using namespace axo::kernel;
    using namespace axo::kernel::arch;
    for (Constructor *constructor = init_array_start; constructor != init_array_end; ++constructor) (*constructor)();

    const PhysAddr address{information};
    const bool good = loader == multiboot2_loaded ? read_multiboot2(address, facts) : read_pvh(address, facts);
    if (!good) {
        log("axolotl: the loader's boot information is not what multiboot2 or PVH say\n");
        test_exit(static_cast<std::uint8_t>(ExitCode::no_archive));
    }
    facts.info.kernel_start = PhysAddr{load_address};
    facts.info.kernel_end = PhysAddr{reinterpret_cast<std::uint64_t>(kernel_end) - layout::kernel_image};
    find_acpi(facts.acpi_root);
    map_all_ram(facts);
    enable_features();
    start_time();
    kernel_main(facts.info);
}
