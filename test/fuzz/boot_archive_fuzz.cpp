// sources: kernel/boot/archive.cpp
// The boot archive: what open() accepts lies inside the archive, without overlaps, with names that end.
#include "kernel/boot/archive.hpp"
#include "test/fuzz/fuzz.hpp"

namespace {

using namespace axo;
using namespace axo::kernel::boot;

ArchiveEntry entry(std::string_view name, ArchiveKind kind, std::uint32_t slot, std::uint64_t page,
                   std::uint64_t bytes) {
    ArchiveEntry result{};
    std::copy(name.begin(), name.end(), result.name);
    result.kind = static_cast<std::uint32_t>(kind);
    result.slot = slot;
    result.offset = page * page_size;
    result.bytes = bytes;
    return result;
}

template <typename T>
T read_at(std::span<std::byte> archive, std::size_t offset) {
    T value;
    std::memcpy(&value, archive.data() + offset, sizeof value);
    return value;
}
template <typename T>
void write_at(std::span<std::byte> archive, std::size_t offset, const T &value) {
    std::memcpy(archive.data() + offset, &value, sizeof value);
}

/// Puts right checksums on whatever else is wrong: no input would find them by chance.
void seal(std::span<std::byte> archive) {
    if (archive.size() < sizeof(ArchiveHeader)) return;
    auto header = read_at<ArchiveHeader>(archive, 0);
    const std::size_t count =
        std::min<std::size_t>(header.count, (archive.size() - sizeof header) / sizeof(ArchiveEntry));
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t place = sizeof header + i * sizeof(ArchiveEntry);
        auto one = read_at<ArchiveEntry>(archive, place);
        if (one.offset > archive.size() || one.bytes > archive.size() - one.offset) continue;
        one.checksum = crc32(archive.subspan(one.offset, one.bytes));
        write_at(archive, place, one);
    }
    header.checksum = crc32(archive.subspan(sizeof header, count * sizeof(ArchiveEntry)));
    write_at(archive, 0, header);
}

void check(const BootArchive &archive, std::span<const std::byte> bytes) {
    fuzz::require(!archive.entries().empty() && archive.entries().size() <= BootArchive::max_entries, "entry count");
    for (const ArchiveEntry &one : archive.entries()) {
        fuzz::require(strnlen(one.name, label_size) < label_size, "a name ends");
        const auto file = archive.file(one);
        fuzz::require(file.data() >= bytes.data() && file.data() + file.size() <= bytes.data() + bytes.size(),
                      "a file lies inside");
        crc32(file);
    }
}

}  // namespace

std::uint64_t fuzz::usual_inputs() { return 4'000; }

std::vector<fuzz::Bytes> fuzz::seeds() {
    const ArchiveEntry entries[] = {entry("vm", ArchiveKind::service, 8, 1, 100),
                                    entry("tmpfs", ArchiveKind::restartable_only, 0, 2, 5),
                                    entry("root", ArchiveKind::root_image, 0, 3, 2048)};
    Bytes seed;
    append(seed, ArchiveHeader{ArchiveHeader::expected_magic, std::size(entries), 0, 4 * page_size, 0});
    append(seed, entries);
    seed.resize(4 * page_size);
    seed[3 * page_size + 1024 + 56] = 0x53;
    seed[3 * page_size + 1024 + 57] = 0xef;
    return {seed};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const fuzz::AlignedCopy copy({data, size}, page_size);
    if (const auto damaged = BootArchive::open(copy.bytes()); !damaged) text(damaged.error().fault);
    seal(copy.bytes());
    const auto archive = BootArchive::open(copy.bytes());
    if (archive)
        check(*archive, copy.bytes());
    else
        fuzz::require(*text(archive.error().fault) != 0, "a fault has a text");
    return 0;
}
