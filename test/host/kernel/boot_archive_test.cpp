// sources: kernel/boot/archive.cpp
// The boot archive: one damage per rule, each refused with its own fault.
#include "kernel/boot/archive.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace axo::kernel::boot {
namespace {

struct File {
    std::string name;
    ArchiveKind kind;
    std::uint32_t slot;
    std::vector<std::byte> content;
};

std::vector<std::byte> file_system_image() {
    std::vector<std::byte> image(8192);
    image[1024 + 56] = std::byte{0x53};
    image[1024 + 57] = std::byte{0xef};
    return image;
}

std::size_t padded(std::size_t size) { return (size + page_size - 1) / page_size * page_size; }

/// An archive in page-aligned memory, as the loader leaves it.
class Archive {
public:
    Archive()
        : Archive({{"vm", ArchiveKind::service, 8, std::vector<std::byte>(5000, std::byte{7})},
                   {"rs", ArchiveKind::service, 2, std::vector<std::byte>(100, std::byte{9})},
                   {"root", ArchiveKind::root_image, 0, file_system_image()}}) {}

    explicit Archive(const std::vector<File> &files) {
        std::size_t total = padded(sizeof(ArchiveHeader) + files.size() * sizeof(ArchiveEntry));
        std::vector<ArchiveEntry> table;
        for (const File &file : files) {
            ArchiveEntry entry{};
            std::memcpy(entry.name, file.name.data(), file.name.size());
            entry.kind = static_cast<std::uint32_t>(file.kind);
            entry.slot = file.slot;
            entry.offset = total;
            entry.bytes = file.content.size();
            entry.checksum = crc32(file.content);
            table.push_back(entry);
            total += padded(file.content.size());
        }
        bytes.resize(total);
        for (std::size_t i = 0; i < files.size(); ++i)
            std::memcpy(bytes.data() + table[i].offset, files[i].content.data(), files[i].content.size());
        std::memcpy(bytes.data() + sizeof(ArchiveHeader), table.data(), table.size() * sizeof(ArchiveEntry));
        header() = {ArchiveHeader::expected_magic, static_cast<std::uint32_t>(files.size()), 0, total, 0};
        seal();
    }

    ArchiveHeader &header() { return *reinterpret_cast<ArchiveHeader *>(bytes.data()); }
    ArchiveEntry &entry(unsigned index) {
        return reinterpret_cast<ArchiveEntry *>(bytes.data() + sizeof(ArchiveHeader))[index];
    }
    /// Makes the table's checksum right again, so that a test reaches the rule it is about.
    void seal() {
        header().checksum =
            crc32(std::span(bytes).subspan(sizeof(ArchiveHeader), header().count * sizeof(ArchiveEntry)));
    }

    std::vector<std::byte> bytes;
};

ArchiveFault fault_after(const std::function<void(Archive &)> &damage) {
    Archive archive;
    damage(archive);
    const auto opened = BootArchive::open(archive.bytes);
    EXPECT_FALSE(opened.has_value());
    return opened ? ArchiveFault{} : opened.error().fault;
}

/// The same, with the table's checksum made right.
ArchiveFault fault_of_table(const std::function<void(Archive &)> &damage) {
    return fault_after([&](Archive &archive) {
        damage(archive);
        archive.seal();
    });
}

TEST(BootArchiveTest, crc_is_the_ieee_one_for_every_length) {
    const char *text = "123456789";
    EXPECT_EQ(crc32(std::as_bytes(std::span(text, 9))), 0xcbf4'3926u);
    EXPECT_EQ(crc32({}), 0u);
    EXPECT_EQ(crc32(std::as_bytes(std::span("The quick brown fox jumps over the lazy dog", 43))), 0x414f'a339u);
}

TEST(BootArchiveTest, good_archive_is_read) {
    Archive archive;
    const auto opened = BootArchive::open(archive.bytes);
    ASSERT_TRUE(opened.has_value());
    ASSERT_EQ(opened->entries().size(), 3u);
    EXPECT_EQ(opened->file(opened->entries()[0]).size(), 5000u);
    EXPECT_EQ(opened->file(opened->entries()[1])[99], std::byte{9});
    EXPECT_EQ(BootArchive::kind(opened->entries()[2]), ArchiveKind::root_image);
}

TEST(BootArchiveTest, size_that_the_loader_rounded_up_is_accepted) {
    Archive archive;
    archive.bytes.resize(archive.bytes.size() + 512);
    EXPECT_TRUE(BootArchive::open(archive.bytes).has_value());
}

TEST(BootArchiveTest, damaged_header_is_refused) {
    EXPECT_EQ(fault_after([](Archive &a) { a.bytes.resize(0); }), ArchiveFault::too_short);
    EXPECT_EQ(fault_after([](Archive &a) { a.bytes.resize(sizeof(ArchiveHeader) - 1); }), ArchiveFault::too_short);
    EXPECT_EQ(fault_after([](Archive &a) { a.header().magic ^= 1; }), ArchiveFault::bad_magic);
    EXPECT_EQ(fault_after([](Archive &a) { a.bytes.resize(a.bytes.size() - 1); }), ArchiveFault::bad_size);
    EXPECT_EQ(fault_after([](Archive &a) { a.header().count = 0; }), ArchiveFault::no_entries);
    EXPECT_EQ(fault_after([](Archive &a) { a.header().count = 25; }), ArchiveFault::too_many_entries);
    EXPECT_EQ(fault_after([](Archive &a) { a.header().total_bytes = 64; }), ArchiveFault::too_short);
    EXPECT_EQ(fault_after([](Archive &a) { a.entry(0).priority ^= 1; }), ArchiveFault::bad_table_checksum);
}

TEST(BootArchiveTest, damaged_entry_is_refused) {
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).name[0] = 0; }), ArchiveFault::bad_name);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).name[0] = '\n'; }), ArchiveFault::bad_name);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).name[5] = 'x'; }), ArchiveFault::bad_name);
    EXPECT_EQ(fault_of_table([](Archive &a) { std::memset(a.entry(0).name, 'x', label_size); }),
              ArchiveFault::bad_name);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).kind = 3; }), ArchiveFault::bad_kind);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).slot = first_free_slot; }), ArchiveFault::bad_slot);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).offset += 8; }), ArchiveFault::unaligned_file);
}

TEST(BootArchiveTest, file_outside_the_archive_is_refused) {
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).offset = 0; }), ArchiveFault::file_outside);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).offset = a.bytes.size() + page_size; }),
              ArchiveFault::file_outside);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).offset = ~0ull - 4095; }), ArchiveFault::file_outside);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).bytes = ~0ull; }), ArchiveFault::file_outside);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).bytes = 0; }), ArchiveFault::file_outside);
}

TEST(BootArchiveTest, entries_that_contradict_each_other_are_refused) {
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(1).offset = a.entry(0).offset; }), ArchiveFault::files_overlap);
    EXPECT_EQ(fault_of_table([](Archive &a) { std::memcpy(a.entry(1).name, a.entry(0).name, label_size); }),
              ArchiveFault::duplicate_name);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(1).slot = 8; }), ArchiveFault::duplicate_slot);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(0).kind = 1; }), ArchiveFault::two_root_images);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(2).kind = 2; }), ArchiveFault::no_root_image);
}

TEST(BootArchiveTest, damaged_content_is_refused_and_named) {
    Archive archive;
    archive.bytes[archive.entry(1).offset + 50] ^= std::byte{1};
    const auto opened = BootArchive::open(archive.bytes);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().fault, ArchiveFault::bad_file_checksum);
    EXPECT_STREQ(opened.error().entry->name, "rs");
    EXPECT_EQ(fault_after([](Archive &a) { a.bytes[a.entry(2).offset + 1024 + 56] = std::byte{0}; }),
              ArchiveFault::root_not_a_file_system);
    EXPECT_EQ(fault_of_table([](Archive &a) { a.entry(2).bytes = 2047; }), ArchiveFault::root_not_a_file_system);
}

TEST(BootArchiveTest, every_fault_has_a_line_of_its_own) {
    std::set<std::string> lines;
    const auto last = static_cast<int>(ArchiveFault::root_not_a_file_system);
    for (int fault = 0; fault <= last; ++fault) lines.insert(text(static_cast<ArchiveFault>(fault)));
    EXPECT_EQ(lines.size(), static_cast<std::size_t>(last) + 1);
}

}  // namespace
}  // namespace axo::kernel::boot
