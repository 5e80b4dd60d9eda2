#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "axo/layout.hpp"
#include "axo/types.hpp"
#include "drivers/hello/hello.hpp"
#include "lib/sef/schema.hpp"
#include "test/host/whole/bytes.hpp"
#include "test/host/whole/entries.hpp"
#include "test/host/whole/programs.hpp"

namespace axo::whole {

namespace {

const std::span schema_of_hello(axo_schema_hello, axo_schema_end_hello);
const std::span schema_of_hello2(axo_schema_hello2, axo_schema_end_hello2);
const std::span schema_of_migrating(axo_schema_hello_migrate_crashes, axo_schema_end_hello_migrate_crashes);
const std::span schema_of_vfs(axo_schema_vfs, axo_schema_end_vfs);

std::uint32_t crc32(const std::byte *data, std::size_t bytes) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> made;
        for (std::uint32_t i = 0; i < made.size(); ++i) {
            made[i] = i;
            for (int bit = 0; bit < 8; ++bit) made[i] = made[i] >> 1 ^ ((made[i] & 1) != 0 ? 0xedb8'8320u : 0u);
        }
        return made;
    }();
    std::uint32_t crc = ~0u;
    for (std::size_t i = 0; i < bytes; ++i) crc = crc >> 8 ^ table[(crc ^ static_cast<std::uint32_t>(data[i])) & 0xff];
    return ~crc;
}

[[noreturn]] void fail(const std::string &what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

void save(const std::filesystem::path &path, const std::vector<std::byte> &content) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char *>(content.data()), static_cast<std::streamsize>(content.size()));
    file.close();
    std::filesystem::permissions(path, std::filesystem::perms(0755));
}

/// What the generator writes into an image beside the table: the hash of each type that a migration names. It is the
/// same in all images.
void fill_in_type_markers() {
    const auto &schema = *reinterpret_cast<const sef::Schema *>(axo_schema_hello);
    sef::detail::type_marker<hello::OpenCount>.hash = schema.find("opens")->type;
}

struct RootService {
    const char *path;
    const std::byte *entry;
    std::span<const std::byte> schema;
};
/// What RS may start, or update a service to.
std::vector<RootService> services_of_root() {
    return {{"hello", axo_entry_hello, schema_of_hello},
            {"hello2", axo_entry_hello2, schema_of_hello2},
            {"hello_migrate_crashes", axo_entry_hello_migrate_crashes, schema_of_migrating},
            {"hello_fail", axo_entry_hello_fail, schema_of_hello},
            {"hello_crash", axo_entry_hello_crash, schema_of_hello},
            {"hello_scribbles", axo_entry_hello_scribbles, schema_of_hello},
            {"hello_refuses", axo_entry_hello_refuses, schema_of_hello},
            {"vfs", axo_entry_vfs, schema_of_vfs},
            {"vfs_fail", axo_entry_vfs_fail, schema_of_vfs}};
}

/// An ext2 file system, made as tools/make_root.py makes the real one.
std::vector<std::byte> root_image() {
    namespace fs = std::filesystem;
    char name[] = "/tmp/whole.XXXXXX";
    if (mkdtemp(name) == nullptr) fail("no folder for the root file system");
    const fs::path folder(name), tree = folder / "tree", image = folder / "image";
    save(tree / "sbin/init", elf_of(axo_entry_init, Kind::program, {}));
    for (const auto &[path, entry, schema] : services_of_root())
        save(tree / "usr/sbin" / path, elf_of(entry, Kind::service, schema));
    for (const char *empty : {"dev", "tmp", "run", "etc", "proc"}) fs::create_directories(tree / empty);
    const std::string make =
        "PATH=$PATH:/sbin:/usr/sbin; export E2FSPROGS_FAKE_TIME=1; mke2fs -q -t ext2 -b 4096 -I 256 "
        "-m 0 -U 00000000-0000-0000-0000-000000000001 -O ^resize_inode,^ext_attr,^dir_index "
        "-E root_owner=0:0,hash_seed=00000000-0000-0000-0000-000000000002 -d " +
        tree.string() + " " + image.string() +
        " 32M >/dev/null && printf 'cd /dev\\nmknod hello c 17 0\\nmknod console c 5 1\\nmknod klog c 15 0\\n' | " +
        "debugfs -w -f /dev/stdin " + image.string() + " >" + folder.string() + "/log 2>&1";
    if (std::system(make.c_str()) != 0) fail("the root file system could not be made");
    std::vector<std::byte> content(fs::file_size(image));
    std::ifstream(image, std::ios::binary)
        .read(reinterpret_cast<char *>(content.data()), static_cast<std::streamsize>(content.size()));
    fs::remove_all(folder);
    return content;
}

struct BootService {
    const char *name;
    std::uint32_t slot, arena_pages, scratch_pages, priority;
    const std::byte *entry;
};
// As in etc/boot.conf.
constexpr BootService boot_services[] = {
    {"vm", 8, 64, 16, 2, axo_entry_vm},          {"rs", 2, 160, 32, 0, axo_entry_rs},
    {"pm", 0, 48, 16, 4, axo_entry_pm},          {"vfs", 1, 64, 32, 5, axo_entry_vfs},
    {"ds", 6, 16, 8, 4, axo_entry_ds},           {"memory", 3, 8, 8, 3, axo_entry_memory},
    {"fs_root", 7, 48, 32, 5, axo_entry_ext2},   {"tmpfs", 9, 16, 16, 5, axo_entry_tmpfs},
    {"procfs", 11, 16, 32, 5, axo_entry_procfs}, {"tty", 5, 16, 8, 1, axo_entry_tty},
    {"log", 4, 24, 8, 2, axo_entry_log},
};

std::span<const std::byte> schema_of(std::string_view service) {
    return service == "vfs" ? schema_of_vfs : std::span<const std::byte>{};
}

}  // namespace

std::vector<std::byte> boot_archive() {
    fill_in_type_markers();
    std::vector<std::pair<ArchiveEntry, std::vector<std::byte>>> files;
    const auto add = [&](const char *name, ArchiveEntry entry, std::vector<std::byte> content) {
        std::strncpy(entry.name, name, sizeof entry.name - 1);
        entry.bytes = content.size();
        entry.checksum = crc32(content.data(), content.size());
        files.emplace_back(entry, std::move(content));
    };
    for (const BootService &service : boot_services) {
        ArchiveEntry entry{};
        entry.slot = service.slot;
        entry.arena_pages = service.arena_pages;
        entry.scratch_pages = service.scratch_pages;
        entry.priority = service.priority;
        add(service.name, entry, elf_of(service.entry, Kind::service, schema_of(service.name)));
    }
    ArchiveEntry root{};
    root.kind = 1;
    add("root", root, root_image());

    std::uint64_t offset = page_up(sizeof(ArchiveHeader) + files.size() * sizeof(ArchiveEntry));
    std::vector<std::byte> entries;
    for (auto &[entry, content] : files) {
        entry.offset = offset;
        offset += page_up(content.size());
        append(entries, entry);
    }
    ArchiveHeader header{ArchiveHeader::expected_magic, static_cast<std::uint32_t>(files.size()),
                         crc32(entries.data(), entries.size()), offset, 0};
    std::vector<std::byte> archive;
    append(archive, header);
    archive.insert(archive.end(), entries.begin(), entries.end());
    for (const auto &[entry, content] : files) {
        archive.resize(entry.offset);
        archive.insert(archive.end(), content.begin(), content.end());
    }
    archive.resize(offset);
    return archive;
}

}  // namespace axo::whole
