// kernel_main: from what the loader left to the first process. Wires the core's tables, loads the boot services, and
// lets RS run; everything else is RS' to allow.
#include "kernel/arch/arch.hpp"
#include "kernel/arch/switch.hpp"
#include "kernel/boot/service_loader.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/kernel.hpp"
#include "kernel/memory/user_memory.hpp"

#include <cstring>

namespace axo::kernel {
namespace {

constexpr std::uint64_t memory_per_slot = 32 * 1024;  // a machine with little memory has fewer slots
constexpr unsigned fewest_slots = 128;

std::uint64_t pages_for(std::uint64_t bytes) { return (bytes + page_size - 1) / page_size; }

/// Memory for the kernel's tables whose size depends on the machine.
void *take_memory(boot::BootFrames &frames, std::uint64_t bytes) {
    const Result<PhysAddr> memory = frames.take_zeroed(pages_for(bytes));
    if (!memory) panic("no memory for the kernel's tables");
    return arch::ram(*memory);
}

std::uint64_t ram_bytes(const BootInfo &info) {
    std::uint64_t bytes = 0;
    for (unsigned i = 0; i < info.ram_count; ++i) bytes += info.ram[i].bytes;
    return bytes;
}

unsigned process_slots(std::uint64_t memory) {
    const std::uint64_t slots = memory / memory_per_slot;
    return static_cast<unsigned>(slots < fewest_slots ? fewest_slots : slots > max_processes ? max_processes : slots);
}

void note_all_ram(const BootInfo &info) {
    for (unsigned i = 0; i < info.ram_count; ++i) note_ram(info.ram[i].start, info.ram[i].bytes);
    if (info.archive.bytes != 0) note_ram(info.archive.start, info.archive.bytes);
}

std::uint64_t ram_end(const BootInfo &info) {
    std::uint64_t end = info.archive.start.value + info.archive.bytes;
    for (unsigned i = 0; i < info.ram_count; ++i)
        if (info.ram[i].start.value + info.ram[i].bytes > end) end = info.ram[i].start.value + info.ram[i].bytes;
    return end;
}

/// The tables that the image has no room for.
void set_up_memory(const BootInfo &info, boot::BootFrames &frames) {
    arch::set_fpu_area(take_memory(frames, the_kernel.processes.limit * arch::fpu_stride()));
    const std::uint64_t frame_count = ram_end(info) / page_size;
    set_frame_map(static_cast<std::uint64_t *>(take_memory(frames, frame_count / 8 + 8)), frame_count);
}

/// The pages of a boot service are VM's to handle later; its page tables are not.
void give_pages_to_vm(const Process &process) {
    const UserPageTable table = process.space->table();
    for (auto page = table.next_present({0}); page; page = table.next_present(page->offset(page_size))) {
        const Result<Mapping> mapping = table.query(*page);
        if (mapping) give_to_vm(mapping->frame, 1);
    }
}

void start_service(const boot::LoadedImage &image, const ArchiveEntry &entry) {
    Process &process = claim_boot_slot(entry.slot);
    std::memcpy(process.name, entry.name, sizeof process.name);
    process.registers = Registers::at(image.entry, image.stack_pointer);
    adopt_space(process, image.root);
    const unsigned priority = entry.priority < priorities ? entry.priority : lowest_priority;
    set_schedule(process, priority, 0);
    give_pages_to_vm(process);
}

/// The first user process: a slot without memory that waits, as if inside a call, until exec lets it run.
void prepare_init() {
    Process &init = claim_boot_slot(endpoint::init.slot());
    std::memcpy(init.name, "init", sizeof "init");
    init.peer = endpoint::pm;
    init.run_flags |= run_flag::receiving;
    set_schedule(init, first_user_priority, 0);
}

void describe(const BootInfo &info, const ArchiveEntry &entry, BootModule &module) {
    const bool root_image = boot::BootArchive::kind(entry) == boot::ArchiveKind::root_image;
    const bool started = boot::BootArchive::kind(entry) == boot::ArchiveKind::service;
    std::memcpy(module.name, entry.name, sizeof module.name);
    module.role = root_image ? BootRole::root_image : BootRole::service;
    module.endpoint = started ? Endpoint::make(entry.slot, 0) : endpoint::none;
    module.start = info.archive.start.offset(entry.offset);
    module.bytes = entry.bytes;
}

void load_services(const BootInfo &info, boot::BootFrames &frames, PhysAddr kernel_root) {
    const boot::BootArchive archive = boot::open_boot_archive(info);
    the_kernel.boot.description.module_count = 0;
    for (const ArchiveEntry &entry : archive.entries()) {
        describe(info, entry, the_kernel.boot.description.modules[the_kernel.boot.description.module_count++]);
        if (boot::BootArchive::kind(entry) != boot::ArchiveKind::service) continue;
        start_service(boot::load_boot_service(info, archive, entry, kernel_root, frames), entry);
    }
    std::memcpy(the_kernel.boot.description.command_line, info.command_line,
                sizeof the_kernel.boot.description.command_line);
    give_to_vm(info.archive.start, pages_for(info.archive.bytes));
}

/// RS may do everything; it gives the others what they need.
void allow_rs() {
    Process *rs = find_process(endpoint::rs);
    if (rs == nullptr) panic("the boot archive has no RS");
    Privilege &privilege = **allocate_privilege(*rs, 0, endpoint::rs.slot());
    privilege.rights.flags = privilege_flag::system_process | privilege_flag::preemptible;
    privilege.rights.traps = ~0u;
    privilege.rights.signal_manager = endpoint::rs;
    privilege.rights.may_block_on.fill();
    privilege.rights.may_send_to.fill();
    privilege.rights.kernel_calls.fill();
    rs->privilege = &privilege;
    release(*rs, run_flag::no_priv);
}

}  // namespace

void kernel_main(BootInfo &info) {
    const PhysAddr kernel_root = arch::kernel_root();
    const std::uint64_t memory = ram_bytes(info);
    start_kernel(process_slots(memory));
    the_kernel.boot.memory_bytes = memory;
    set_kernel_root(kernel_root);
    note_all_ram(info);
    boot::BootFrames frames(info);
    set_up_memory(info, frames);
    load_services(info, frames, kernel_root);
    prepare_init();
    allow_rs();
    the_kernel.boot.free_memory.count = frames.remaining(the_kernel.boot.free_memory.ranges);
    for (std::size_t i = 0; i < the_kernel.boot.free_memory.count; ++i)
        give_to_vm(the_kernel.boot.free_memory.ranges[i].start,
                   the_kernel.boot.free_memory.ranges[i].bytes / page_size);
    the_kernel.log.tells_readers = true;
    log("axolotl: %lu MiB, %u process slots, loaded by %s\n", static_cast<unsigned long>(memory >> 20),
        the_kernel.processes.limit, info.loader);
    schedule_and_resume();
}

}  // namespace axo::kernel
