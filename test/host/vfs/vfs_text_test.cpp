// sources: servers/vfs/path/path_text.cpp servers/vfs/path/permission.cpp servers/vfs/exec/image.cpp servers/vfs/exec/stack.cpp servers/vfs/file/lock_list.cpp
// The parts of VFS that are pure: path text, permissions, ELF and script headers, the stack image,
// the pipe ring, lock lists.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <optional>
#include <random>
#include <vector>

#include "axo/layout.hpp"
#include "servers/vfs/exec/image.hpp"
#include "servers/vfs/exec/stack.hpp"
#include "servers/vfs/file/lock_list.hpp"
#include "servers/vfs/path/path_text.hpp"
#include "servers/vfs/path/permission.hpp"
#include "servers/vfs/pipe/pipe_ring.hpp"
#include "test/host/fake/elf_image.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::vfs {
namespace {

TEST(VfsPath, splits_off_the_last_name) {
    const auto check = [](std::string_view path, std::string_view directory, std::string_view name, bool slash) {
        const SplitPath split = split_last(path);
        EXPECT_EQ(split.directory, directory) << path;
        EXPECT_EQ(split.name, name) << path;
        EXPECT_EQ(split.trailing_slash, slash) << path;
    };
    check("a", "", "a", false);
    check("a/", "", "a", true);
    check("/a", "/", "a", false);
    check("/a/b", "/a/", "b", false);
    check("a//b//", "a//", "b", true);
    check("/", "", "", false);
    check("///", "", "", false);
    check("", "", "", false);
    check("..", "", "..", false);
}

TEST(VfsPath, relative_link_keeps_the_directories_before_its_name) {
    PathText path;
    ASSERT_TRUE(path.assign("bin/sh/x"));
    ASSERT_TRUE(path.replace_link(6, "busybox"));
    EXPECT_EQ(path.rest(), "bin/busybox/x");
    ASSERT_TRUE(path.assign("lib/"));
    ASSERT_TRUE(path.replace_link(3, "usr/lib"));
    EXPECT_EQ(path.rest(), "usr/lib/");
}

TEST(VfsPath, absolute_link_drops_them) {
    PathText path;
    ASSERT_TRUE(path.assign("/var/run/x"));
    path.skip_slashes();
    ASSERT_TRUE(path.replace_link(7, "/run"));
    EXPECT_EQ(path.rest(), "/run/x");
    ASSERT_TRUE(path.assign("a/b"));
    ASSERT_TRUE(path.replace_link(2, "/"));  // consumed with its slash
    EXPECT_EQ(path.rest(), "//b");
}

TEST(VfsPath, link_that_makes_the_path_too_long_is_refused) {
    PathText path;
    const std::string rest(3000, 'r'), target(2000, 't');
    ASSERT_TRUE(path.assign("l/" + rest));
    EXPECT_EQ(path.replace_link(1, target).error(), Error::name_too_long);
    EXPECT_EQ(path.replace_link(1, "").error(), Error::no_entry);
    EXPECT_EQ(path.assign(std::string(4096, 'x')).error(), Error::name_too_long);
}

TEST(VfsPath, finds_dot_dot_only_as_a_whole_component) {
    EXPECT_EQ(bytes_before_dot_dot("a/b"), 3u);
    EXPECT_EQ(bytes_before_dot_dot("a/../b"), 2u);
    EXPECT_EQ(bytes_before_dot_dot(".."), 0u);
    EXPECT_EQ(bytes_before_dot_dot("..a/b.."), 7u);
}

TEST(VfsPermission, picks_exactly_one_class) {
    Credentials who{};
    who.uid = 10;
    who.gid = 20;
    who.groups[0] = 30;
    who.group_count = 1;
    EXPECT_FALSE(permits(who, {0100077, 10, 20}, want::read));  // the owner's bits only
    EXPECT_TRUE(permits(who, {0100040, 1, 20}, want::read));
    EXPECT_TRUE(permits(who, {0100040, 1, 30}, want::read));
    EXPECT_FALSE(permits(who, {0100004, 1, 30}, want::read));
    EXPECT_TRUE(permits(who, {0100004, 1, 99}, want::read));
    EXPECT_FALSE(permits(who, {0100004, 1, 99}, want::read | want::write));
}

TEST(VfsPermission, root_executes_only_what_is_executable) {
    const Credentials root{};
    EXPECT_TRUE(permits(root, {0100000, 1, 1}, want::read | want::write));
    EXPECT_FALSE(permits(root, {0100666, 1, 1}, want::execute));
    EXPECT_TRUE(permits(root, {0100001, 1, 1}, want::execute));
    EXPECT_TRUE(permits(root, {0040000, 1, 1}, want::execute));
}

TEST(VfsPermission, set_id_bits_go_with_a_write) {
    EXPECT_EQ(mode_without_set_id(0106755), 0100755u);
    EXPECT_EQ(mode_without_set_id(0102644), 0102644u);  // mandatory-locking mark, no group execute
}

TEST(VfsPipe, short_write_is_all_or_nothing) {
    PipeRing ring;
    ring.produced(pipe_bytes - 100);
    EXPECT_EQ(ring.accepts(101), 0u);
    EXPECT_EQ(ring.accepts(100), 100u);
    EXPECT_EQ(ring.accepts(pipe_atomic + 1), 100u);
}

TEST(VfsPipe, spans_stop_at_the_end_of_the_storage) {
    PipeRing ring;
    ring.produced(pipe_bytes - 10);
    ring.consumed(pipe_bytes - 20);
    EXPECT_EQ(ring.used(), 10u);
    EXPECT_EQ(ring.writable(50).bytes, 10u);
    ring.produced(10);
    EXPECT_EQ(ring.writable(50).offset, 0u);
    EXPECT_EQ(ring.writable(50).bytes, 50u);
    ring.produced(50);
    EXPECT_EQ(ring.readable(1000).bytes, 20u);
    ring.consumed(20);
    EXPECT_EQ(ring.readable(1000).offset, 0u);
    EXPECT_EQ(ring.readable(1000).bytes, 50u);
    ring.consumed(50);
    EXPECT_TRUE(ring.empty());
    EXPECT_EQ(ring.readable(1).bytes, 0u);
}

struct VfsLocks : testing::Test {
    fake::System system;
    static FileLock lock(const int *owner, LockMode mode, std::uint64_t start, std::uint64_t last) {
        return {LockKind::range, mode, reinterpret_cast<const DescriptorTable *>(owner), start, last, 1, 0};
    }
    int a = 0, b = 0;
};

TEST_F(VfsLocks, readers_share_and_writers_do_not) {
    LockList list;
    ASSERT_TRUE(list.set(lock(&a, LockMode::read, 0, 99)));
    EXPECT_EQ(list.conflict(lock(&b, LockMode::read, 0, 9)), nullptr);
    EXPECT_NE(list.conflict(lock(&b, LockMode::write, 99, 200)), nullptr);
    EXPECT_EQ(list.conflict(lock(&b, LockMode::write, 100, 200)), nullptr);
    EXPECT_EQ(list.conflict(lock(&a, LockMode::write, 0, 9)), nullptr);
}

TEST_F(VfsLocks, unlocking_the_middle_leaves_both_ends) {
    LockList list;
    ASSERT_TRUE(list.set(lock(&a, LockMode::write, 0, 99)));
    ASSERT_TRUE(list.clear(lock(&a, LockMode::read, 40, 59)));
    EXPECT_NE(list.conflict(lock(&b, LockMode::read, 39, 39)), nullptr);
    EXPECT_EQ(list.conflict(lock(&b, LockMode::read, 40, 59)), nullptr);
    EXPECT_NE(list.conflict(lock(&b, LockMode::read, 60, 60)), nullptr);
    EXPECT_TRUE(list.drop_owner(lock(&a, LockMode::read, 0, 0).owner));
    EXPECT_TRUE(list.empty());
}

TEST_F(VfsLocks, neighbours_of_one_owner_and_mode_are_told_as_one) {
    LockList list;
    for (const std::uint64_t start : {20u, 0u, 10u}) ASSERT_TRUE(list.set(lock(&a, LockMode::write, start, start + 9)));
    ASSERT_TRUE(list.set(lock(&a, LockMode::read, 30, 39)));
    const FileLock *first = list.conflict(lock(&b, LockMode::write, 0, 99));
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->start, 0u);
    EXPECT_EQ(first->last, 29u);
    ASSERT_TRUE(list.set(lock(&b, LockMode::read, 40, 49)));  // another's is not joined
    first = list.conflict(lock(&b, LockMode::write, 30, 99));
    ASSERT_NE(first, nullptr);
    EXPECT_EQ(first->last, 39u);
}

/// Against a table of bytes: who holds what, after random calls of three owners.
TEST_F(VfsLocks, random_locks_agree_with_a_table_of_bytes) {
    static constexpr unsigned bytes = 24, owners = 3;
    static int name[owners];
    std::mt19937 random(11);
    const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    LockList list;
    std::array<std::array<int, bytes>, owners> held{};  // 0: nothing, 1: read, 2: write
    for (unsigned round = 0; round < 20'000; ++round) {
        const unsigned owner = pick(owners), start = pick(bytes), last = start + pick(bytes - start);
        const LockMode mode = pick(2) == 0 ? LockMode::read : LockMode::write;
        const FileLock wanted = lock(&name[owner], mode, start, last);
        std::optional<unsigned> obstacle;
        for (unsigned at = bytes; at-- > 0;) {
            for (unsigned other = 0; other < owners; ++other) {
                const bool excludes = held[other][at] == 2 || (held[other][at] == 1 && mode == LockMode::write);
                if (other != owner && at >= start && at <= last && excludes) obstacle = at;
            }
        }
        const FileLock *const conflict = list.conflict(wanted);
        ASSERT_EQ(conflict != nullptr, obstacle.has_value()) << "round " << round;
        if (conflict != nullptr) {
            ASSERT_TRUE(conflict->start <= *obstacle && *obstacle <= conflict->last) << "round " << round;
            ASSERT_TRUE(list.clear(wanted));
            for (unsigned at = start; at <= last; ++at) held[owner][at] = 0;
        } else {
            ASSERT_TRUE(list.set(wanted));
            for (unsigned at = start; at <= last; ++at) held[owner][at] = mode == LockMode::write ? 2 : 1;
        }
    }
}

/// A small static program: one text segment that holds the headers, one data segment.
struct ElfFile {
    Elf64_Ehdr header = fake::elf_header(0x400100, 2);
    Elf64_Phdr segments[2] = {{PT_LOAD, PF_R | PF_X, 0, 0x400000, 0x400000, 0x1000, 0x1000, 0x1000},
                              {PT_LOAD, PF_R | PF_W, 0x1f00, 0x402f00, 0x402f00, 0x80, 0x500, 0x1000}};
    std::vector<std::byte> bytes() const { return fake::elf_image(header, segments, 2048); }
    Result<ExecPlan> parse(std::uint64_t size = 0x2000) const { return parse_elf(bytes(), size); }
};

TEST(VfsElf, static_program_is_planned) {
    const auto plan = ElfFile().parse();
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->segment_count, 2u);
    EXPECT_EQ(plan->entry, 0x400100u);
    EXPECT_EQ(plan->program_headers, 0x400040u);
    EXPECT_EQ(plan->segments[0].flags, map_flag::execute);
    EXPECT_EQ(plan->segments[1].flags, map_flag::write);
    EXPECT_EQ(plan->segments[1].file_bytes, 0x80u);
    EXPECT_EQ(plan->segments[1].bytes, 0x500u);
}

TEST(VfsElf, static_pie_is_moved_to_its_base) {
    ElfFile file;
    file.header.e_type = ET_DYN;
    file.header.e_entry = 0x100;
    file.segments[0].p_vaddr = 0;
    file.segments[1].p_vaddr = 0x2f00;
    const auto plan = file.parse();
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->entry, pie_base + 0x100);
    EXPECT_EQ(plan->segments[1].address.value, pie_base + 0x2f00);
}

TEST(VfsElf, every_bad_field_is_refused) {
    const auto refused = [](auto change, std::uint64_t size = 0x2000) {
        ElfFile file;
        change(file);
        const auto plan = file.parse(size);
        return !plan && plan.error() == Error::no_exec;
    };
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_ident[0] = 0; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_ident[EI_CLASS] = ELFCLASS32; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_ident[EI_DATA] = ELFDATA2MSB; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_machine = EM_386; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_type = ET_REL; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_version = 2; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_phentsize = 32; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_phnum = 0; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_phnum = 60; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_phoff = ~0ull; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_entry = 0x500000; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_entry = ~0ull; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.header.e_entry = 0x402f00; }));  // not executable
    EXPECT_TRUE(refused([](ElfFile &f) { f.segments[0].p_type = PT_INTERP; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.segments[1].p_filesz = 0x600; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.segments[1].p_offset = 0x1e00; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.segments[1].p_offset = ~0ull - 0xff; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.segments[1].p_vaddr = ~0ull - 0xff; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.segments[1].p_memsz = ~0ull; }));
    EXPECT_TRUE(refused([](ElfFile &f) { f.segments[1].p_vaddr = 0x400f00; }));  // overlaps the first
    EXPECT_TRUE(refused([](ElfFile &f) {
        f.segments[0].p_vaddr = 0;
        f.header.e_entry = 0x100;
    }));
    EXPECT_TRUE(refused([](ElfFile &) {}, 0x1000));  // the file is cut
    EXPECT_FALSE(parse_elf({}, 0));
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(VfsElf, script_line_is_split_once) {
    const auto line = parse_script(bytes_of("#!  /bin/sh -e x \nrest"));
    ASSERT_TRUE(line);
    EXPECT_EQ(line->interpreter, "/bin/sh");
    EXPECT_EQ(line->argument, "-e x");
    EXPECT_EQ(parse_script(bytes_of("#!/bin/sh"))->interpreter, "/bin/sh");
    EXPECT_EQ(parse_script(bytes_of("#!\n")).error(), Error::no_exec);
    EXPECT_EQ(parse_script(bytes_of("#! " + std::string(400, 'x') + "\n")).error(), Error::no_exec);
    EXPECT_FALSE(is_script(bytes_of("#")));
}

struct Stack {
    std::vector<char> storage = std::vector<char>(exec_strings_max);
    ArgumentBlock strings{storage};
    StackFacts facts{};
    std::vector<std::byte> out;
    std::uint64_t pointer = 0;

    void build() {
        out.assign(stack_image_bytes(strings, facts), std::byte{0xee});
        const auto built = build_stack(out, strings, facts);
        ASSERT_TRUE(built);
        pointer = built->value;
    }
    const std::byte *at(std::uint64_t address) const { return out.data() + out.size() - (layout::stack_end - address); }
    std::uint64_t word(std::uint64_t index) const {
        std::uint64_t value = 0;
        std::memcpy(&value, at(pointer + 8 * index), 8);
        return value;
    }
    std::string text(std::uint64_t address) const { return reinterpret_cast<const char *>(at(address)); }
};

TEST(VfsStack, arguments_environment_and_auxiliary_vector_are_where_the_abi_says) {
    Stack stack;
    ASSERT_TRUE(stack.strings.add_argument("ls"));
    ASSERT_TRUE(stack.strings.add_argument(""));
    ASSERT_TRUE(stack.strings.add_environment("A=1"));
    stack.facts.path = "/bin/ls";
    stack.facts.entry = 0x400100;
    stack.facts.random[0] = 0xab;
    stack.build();
    EXPECT_EQ(stack.pointer % 16, 0u);
    EXPECT_EQ(stack.word(0), 2u);
    EXPECT_EQ(stack.text(stack.word(1)), "ls");
    EXPECT_EQ(stack.text(stack.word(2)), "");
    EXPECT_EQ(stack.word(3), 0u);
    EXPECT_EQ(stack.text(stack.word(4)), "A=1");
    EXPECT_EQ(stack.word(5), 0u);
    std::map<std::uint64_t, std::uint64_t> auxiliary;
    for (std::uint64_t i = 6; stack.word(i) != AT_NULL; i += 2) auxiliary[stack.word(i)] = stack.word(i + 1);
    EXPECT_EQ(auxiliary[AT_PAGESZ], 4096u);
    EXPECT_EQ(auxiliary[AT_ENTRY], 0x400100u);
    EXPECT_EQ(stack.text(auxiliary[AT_EXECFN]), "/bin/ls");
    EXPECT_EQ(stack.text(auxiliary[AT_PLATFORM]), "x86_64");
    EXPECT_EQ(*stack.at(auxiliary[AT_RANDOM]), std::byte{0xab});
    EXPECT_EQ(auxiliary[AT_CLKTCK], 100u);
}

TEST(VfsStack, script_arguments_take_the_place_of_the_first) {
    Stack stack;
    ASSERT_TRUE(stack.strings.add_argument("run"));
    ASSERT_TRUE(stack.strings.add_argument("x"));
    ASSERT_TRUE(stack.strings.replace_first("/bin/sh", "-e", "/etc/run"));
    EXPECT_EQ(stack.strings.argument_count(), 4u);
    EXPECT_EQ(stack.strings.strings(), std::string_view("/bin/sh\0-e\0/etc/run\0x\0", 22));
    ASSERT_TRUE(stack.strings.replace_first("/i", "", "/bin/sh"));
    EXPECT_EQ(stack.strings.argument_count(), 5u);
    EXPECT_EQ(stack.strings.strings(), std::string_view("/i\0/bin/sh\0-e\0/etc/run\0x\0", 25));
}

TEST(VfsStack, too_many_arguments_are_refused) {
    Stack stack;
    const std::string big(1000, 'x');
    Status added{};
    unsigned count = 0;
    while ((added = stack.strings.add_argument(big))) ++count;
    EXPECT_EQ(added.error(), Error::too_big);
    EXPECT_GT(count, 125u);
    EXPECT_LT(count, 132u);
}

}  // namespace
}  // namespace axo::vfs
