#include "test/host/whole/programs.hpp"

#include <elf.h>
#include <link.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "axo/layout.hpp"
#include "axo/types.hpp"
#include "test/host/whole/raw_copy.hpp"

// The first instructions of each program, all on one page of their own.
asm(R"(
    .macro entry name, start, main
    .globl axo_entry_\name
axo_entry_\name:
    leaq \main(%rip), %rdi
    xorl %ebp, %ebp
    pushq $0
    jmp \start
    .endm
    .section .text.axo_entries, "ax", @progbits
    .balign 4096
    entry rs, axo_start_service, axo_main_rs
    entry vm, axo_start_service, axo_main_vm
    entry pm, axo_start_service, axo_main_pm
    entry vfs, axo_start_service, axo_main_vfs
    entry ds, axo_start_service, axo_main_ds
    entry memory, axo_start_service, axo_main_memory
    entry ext2, axo_start_service, axo_main_ext2
    entry tmpfs, axo_start_service, axo_main_tmpfs
    entry procfs, axo_start_service, axo_main_procfs
    entry tty, axo_start_service, axo_main_tty
    entry log, axo_start_service, axo_main_log
    entry hello, axo_start_service, axo_main_hello
    entry init, axo_start_program, axo_main_init
    .balign 4096
    .text
)");
extern "C" const std::byte axo_entry_rs[], axo_entry_vm[], axo_entry_pm[], axo_entry_vfs[], axo_entry_ds[],
    axo_entry_memory[], axo_entry_ext2[], axo_entry_tmpfs[], axo_entry_procfs[], axo_entry_tty[], axo_entry_log[],
    axo_entry_hello[], axo_entry_init[];

namespace axo::whole {

namespace {

constexpr std::uint64_t page_down(std::uint64_t address) { return address & ~(page_size - 1); }
constexpr std::uint64_t page_up(std::uint64_t address) { return page_down(address + page_size - 1); }

struct Segment {
    std::uint64_t start, bytes;
    std::uint32_t flags;
    bool empty;  // zeros
};

/// The constants of the host program: what lies between its text and its unwinding tables, and what is read-only once
/// it has been relocated.
std::vector<Segment> constants() {
    std::vector<Segment> found;
    dl_iterate_phdr(
        [](dl_phdr_info *info, std::size_t, void *into) {
            auto &segments = *static_cast<std::vector<Segment> *>(into);
            std::uint64_t unwinding = 0;
            for (int i = 0; i < info->dlpi_phnum; ++i)
                if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME) unwinding = info->dlpi_phdr[i].p_vaddr;
            for (int i = 0; i < info->dlpi_phnum; ++i) {
                const auto &part = info->dlpi_phdr[i];
                const bool holds = part.p_vaddr <= unwinding && unwinding < part.p_vaddr + part.p_memsz;
                if (part.p_type == PT_LOAD && holds)
                    segments.push_back({part.p_vaddr, unwinding - part.p_vaddr, PF_R, false});
                if (part.p_type == PT_GNU_RELRO) segments.push_back({part.p_vaddr, part.p_memsz, PF_R, false});
            }
            return 1;  // only the program itself, which comes first
        },
        &found);
    return found;
}

template <typename T>
void append(std::vector<std::byte> &file, const T &value) {
    const auto *bytes = reinterpret_cast<const std::byte *>(&value);
    file.insert(file.end(), bytes, bytes + sizeof value);
}

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

/// An ext2 file system, made as tools/make_root.py makes the real one.
std::vector<std::byte> root_image() {
    namespace fs = std::filesystem;
    char name[] = "/tmp/whole.XXXXXX";
    if (mkdtemp(name) == nullptr) fail("no folder for the root file system");
    const fs::path folder(name), tree = folder / "tree", image = folder / "image";
    save(tree / "sbin/init", elf_of(axo_entry_init, Kind::program));
    save(tree / "usr/sbin/hello", elf_of(axo_entry_hello, Kind::service));
    for (const char *empty : {"dev", "tmp", "run", "etc", "proc"}) fs::create_directories(tree / empty);
    const std::string make =
        "PATH=$PATH:/sbin:/usr/sbin; export E2FSPROGS_FAKE_TIME=1; mke2fs -q -t ext2 -b 4096 -I 256 "
        "-m 0 -U 00000000-0000-0000-0000-000000000001 -O ^resize_inode,^ext_attr,^dir_index "
        "-E root_owner=0:0,hash_seed=00000000-0000-0000-0000-000000000002 -d " +
        tree.string() + " " + image.string() +
        " 12M >/dev/null && printf 'cd /dev\\nmknod hello c 17 0\\nmknod console c 5 1\\nmknod klog c 15 0\\n' | " +
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

}  // namespace

std::vector<std::byte> elf_of(const void *entry, Kind kind) {
    const auto address = reinterpret_cast<std::uint64_t>(entry);
    std::vector<Segment> segments{{page_down(address), page_size, PF_R | PF_X, false}};
    for (const Segment &part : constants()) segments.push_back(part);
    if (kind == Kind::service) segments.push_back({context_address, context_bytes, PF_R | PF_W, true});

    std::vector<std::byte> file;
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = header.e_version = EV_CURRENT;
    header.e_type = ET_EXEC;
    header.e_machine = EM_X86_64;
    header.e_entry = address;
    header.e_phoff = header.e_ehsize = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = static_cast<Elf64_Half>(segments.size());
    append(file, header);
    std::uint64_t offset = page_size;
    for (const Segment &segment : segments) {
        Elf64_Phdr part{};
        part.p_type = PT_LOAD;
        part.p_flags = segment.flags;
        part.p_offset = offset + segment.start % page_size;
        part.p_vaddr = part.p_paddr = segment.start;
        part.p_filesz = segment.empty ? 0 : segment.bytes;
        part.p_memsz = segment.bytes;
        part.p_align = page_size;
        append(file, part);
        if (!segment.empty) offset = page_up(part.p_offset + segment.bytes);
    }
    for (const Segment &segment : segments) {
        if (segment.empty) continue;
        file.resize(page_up(file.size()) + segment.start % page_size);
        const std::size_t before = file.size();
        file.resize(before + segment.bytes);
        raw_copy(file.data() + before, reinterpret_cast<const void *>(segment.start), segment.bytes);
    }
    return file;
}

std::vector<std::byte> boot_archive() {
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
        add(service.name, entry, elf_of(service.entry, Kind::service));
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
