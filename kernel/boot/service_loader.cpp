// Loading a service, page by page. A failure ends the boot, so nothing is given back.
#include "kernel/boot/service_loader.hpp"

#include "axo/exit_code.hpp"
#include "kernel/boot/elf.hpp"

#include <cstring>

namespace axo::kernel::boot {
namespace {

struct RamAccess {
    PageEntry *table(PhysAddr frame) const { return static_cast<PageEntry *>(arch::ram(frame)); }
};
using ServiceTable = PageTable<RamAccess>;

constexpr std::uint64_t stack_pages = layout::service_stack_bytes / page_size;
constexpr VirtAddr stack_start{layout::stack_end - layout::service_stack_bytes};

/// Memory that the service gets beside its segments.
struct Area {
    VirtAddr start;
    std::uint64_t pages;
};

class ServiceBuilder {
public:
    ServiceBuilder(std::span<const std::byte> file, PhysAddr file_address, ServiceTable table, BootFrames &frames)
        : file_(file), file_address_(file_address), table_(table), frames_(frames) {}

    Status add_segment(const ElfSegment &segment) {
        const std::uint64_t end = segment.end_page();
        std::uint64_t page = segment.first_page();
        if ((segment.flags & map_flag::write) == 0) {
            const std::uint64_t whole = pages_in_file(segment);
            if (whole != 0) {
                const std::uint64_t offset = segment.file_offset & ~(page_size - 1);
                TRY(table_.map(VirtAddr{page}, file_address_.offset(offset), whole, segment.flags, frames_));
                in_place_ += whole;
                page += whole * page_size;
            }
        }
        for (; page < end; page += page_size) TRY(copy_page(segment, page));
        return {};
    }

    /// Zeroed, writable memory.
    Status add_area(const Area &area) {
        for (std::uint64_t i = 0; i < area.pages; ++i) {
            const PhysAddr frame = TRY(frames_.take_zeroed(1));
            TRY(map_one(area.start.offset(i * page_size), frame, map_flag::write));
            last_frame_ = frame;
        }
        return {};
    }

    /// The highest stack page must be the frame that add_area took last.
    void write_start_record(const layout::StartRecord &record) const {
        std::memcpy(static_cast<std::byte *>(arch::ram(last_frame_)) + page_size - sizeof record, &record,
                    sizeof record);
    }

    std::uint64_t in_place() const { return in_place_; }

private:
    /// How many pages of a read-only segment hold nothing but file content; a last page with zeros behind is copied.
    static std::uint64_t pages_in_file(const ElfSegment &segment) {
        const std::uint64_t file_end = segment.address.value + segment.file_bytes;
        const std::uint64_t end =
            segment.file_bytes == segment.memory_bytes ? segment.end_page() : file_end & ~(page_size - 1);
        return end > segment.first_page() ? (end - segment.first_page()) / page_size : 0;
    }

    Status copy_page(const ElfSegment &segment, std::uint64_t page) {
        const PhysAddr frame = TRY(frames_.take_zeroed(1));
        const std::uint64_t file_end = segment.address.value + segment.file_bytes;
        const std::uint64_t from = page < segment.address.value ? segment.address.value : page;
        const std::uint64_t to = page + page_size < file_end ? page + page_size : file_end;
        if (from < to) {
            const std::uint64_t offset = segment.file_offset + (from - segment.address.value);
            std::memcpy(static_cast<std::byte *>(arch::ram(frame)) + (from - page), file_.data() + offset, to - from);
        }
        return map_one(VirtAddr{page}, frame, segment.flags);
    }

    Status map_one(VirtAddr address, PhysAddr frame, std::uint32_t flags) {
        return table_.map(address, frame, 1, flags, frames_);
    }

    std::span<const std::byte> file_;
    PhysAddr file_address_;
    ServiceTable table_;
    BootFrames &frames_;
    PhysAddr last_frame_{};
    std::uint64_t in_place_ = 0;
};

/// Errors: no_memory, tables_needed, both for a lack of frames.
Status build(ServiceBuilder &builder, const ElfImage &elf, std::uint32_t arena_pages, std::uint32_t scratch_pages) {
    for (unsigned i = 0; i < elf.segment_count; ++i) TRY(builder.add_segment(elf.segments[i]));
    TRY(builder.add_area({VirtAddr{layout::arena_a}, arena_pages}));
    TRY(builder.add_area({VirtAddr{layout::scratch}, scratch_pages}));
    TRY(builder.add_area({stack_start, stack_pages}));
    builder.write_start_record(
        {layout::StartRecord::expected_magic, arena_pages * page_size, scratch_pages * page_size, 0});
    return {};
}

[[noreturn]] void refuse_archive(const ArchiveError &error) {
    if (error.entry != nullptr)
        log("axolotl: boot archive: %.*s: %s\n", static_cast<int>(label_size - 1), error.entry->name,
            text(error.fault));
    else
        log("axolotl: boot archive: %s\n", text(error.fault));
    const bool root = error.fault == ArchiveFault::no_root_image || error.fault == ArchiveFault::root_not_a_file_system;
    arch::test_exit(static_cast<std::uint8_t>(root ? ExitCode::bad_root : ExitCode::damaged_archive));
}

}  // namespace

Result<LoadedImage> load_service(std::span<const std::byte> file, PhysAddr file_address, std::uint32_t arena_pages,
                                 std::uint32_t scratch_pages, PhysAddr kernel_root, BootFrames &frames) {
    const ElfImage elf = TRY(parse_elf(file));
    const std::size_t before = frames.available();
    Result<ServiceTable> table = ServiceTable::create(RamAccess{}, kernel_root, frames);
    if (!table) return Error::no_memory;
    ServiceBuilder builder(file, file_address, *table, frames);
    if (!build(builder, elf, arena_pages, scratch_pages)) return Error::no_memory;
    return LoadedImage{table->root(), elf.entry, VirtAddr{layout::start_record}, before - frames.available(),
                       builder.in_place()};
}

BootArchive open_boot_archive(const BootInfo &info) {
    if (info.archive.bytes == 0) {
        log("axolotl: boot archive: none was given (QEMU: -initrd, GRUB: module2)\n");
        arch::test_exit(static_cast<std::uint8_t>(ExitCode::no_archive));
    }
    if (info.archive.start.value % page_size != 0) {
        log("axolotl: boot archive: the loader did not align it to a page\n");
        arch::test_exit(static_cast<std::uint8_t>(ExitCode::damaged_archive));
    }
    const auto *bytes = static_cast<const std::byte *>(arch::ram(info.archive.start));
    const auto archive = BootArchive::open({bytes, info.archive.bytes});
    if (!archive) refuse_archive(archive.error());
    return *archive;
}

LoadedImage load_boot_service(const BootInfo &info, const BootArchive &archive, const ArchiveEntry &entry,
                              PhysAddr kernel_root, BootFrames &frames) {
    const PhysAddr address = info.archive.start.offset(entry.offset);
    const auto image =
        load_service(archive.file(entry), address, entry.arena_pages, entry.scratch_pages, kernel_root, frames);
    if (image) return *image;
    const bool memory = image.error() == Error::no_memory;
    if (memory)
        log("axolotl: boot archive: %s: too little memory (%zu KiB left)\n", entry.name,
            frames.available() * page_size / 1024);
    else
        log("axolotl: boot archive: %s: not an ELF program that can be loaded\n", entry.name);
    arch::test_exit(static_cast<std::uint8_t>(memory ? ExitCode::no_memory : ExitCode::bad_service));
}

}  // namespace axo::kernel::boot
