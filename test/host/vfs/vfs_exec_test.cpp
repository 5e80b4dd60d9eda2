// sources: test/host/vfs/vfs_machine.cpp servers/tmpfs/mount_options.cpp servers/tmpfs/ops_attributes.cpp servers/tmpfs/ops_data.cpp servers/tmpfs/ops_lookup.cpp servers/tmpfs/ops_names.cpp servers/tmpfs/tree.cpp lib/fs/file_pages.cpp lib/fs/frame_pool.cpp test/host/fake/own_regions.cpp servers/vfs/*.cpp servers/vfs/*/*.cpp !servers/vfs/main.cpp
// Running programs and the terminal: ExecFirst, execve of ELF files and scripts, device files.
#include <elf.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "axo/layout.hpp"
#include "test/host/fake/heap_faults.hpp"
#include "test/host/vfs/small_program.hpp"
#include "test/host/vfs/vfs_machine.hpp"

namespace axo::fake {
namespace {

constexpr Endpoint a = Endpoint::make(40, 1), asker = Endpoint::make(11, 0);

struct VfsExec : testing::Test, VfsMachine {
    VfsExec() {
        add_process(a, 2);
        put("/bin/prog", small_program(), 0755);
    }
    void put(const char *path, const std::string &content, int mode) {
        const auto fd = call(init, SYS_open, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
        ASSERT_GE(fd, 0);
        const void *data = content.data();
        EXPECT_EQ(call(init, SYS_write, fd, data, content.size()), static_cast<std::int64_t>(content.size()));
        EXPECT_EQ(call(init, SYS_close, fd), 0);
    }
    /// An array of pointers that lies in memory of its own.
    std::uint64_t strings(std::initializer_list<const char *> texts_of) {
        auto &array = arrays.emplace_back();
        for (const char *text : texts_of) array.push_back(place_text(text));
        array.resize(600);
        return reinterpret_cast<std::uint64_t>(array.data());
    }
    /// The answer of an exec that failed, or nullopt when the program was replaced.
    std::optional<std::int64_t> exec(const char *path, std::initializer_list<const char *> arguments) {
        const std::uint64_t argv = strings(arguments), env = strings({"A=1"});
        return server->user_call(a, SYS_execve, {place_text(path), argv, env});
    }
    std::string argument(unsigned index) const {
        std::uint64_t pointer = 0;
        std::memcpy(&pointer, stack.data() + 8 * (1 + index), 8);
        return pointer == 0 ? "" : stack.data() + (pointer - image.stack_pointer.value);
    }
    std::deque<std::vector<std::uint64_t>> arrays;
};

TEST_F(VfsExec, program_is_built_and_committed) {
    EXPECT_EQ(call(a, SYS_open, "/bin/prog", O_RDONLY), 0);
    EXPECT_EQ(call(a, SYS_open, "/bin/prog", O_RDONLY | O_CLOEXEC), 1);
    EXPECT_FALSE(exec("/bin/prog", {"prog", "x y"}));
    EXPECT_EQ(image.segment_count, 1u);
    EXPECT_EQ(image.file_size, 0x1200u);
    EXPECT_EQ(argument(0), "prog");
    EXPECT_EQ(argument(1), "x y");
    EXPECT_EQ(image.stack_pointer.value + stack.size(), layout::stack_end);
    EXPECT_EQ(call(a, SYS_fcntl, 0, F_GETFD), 0);
    EXPECT_EQ(call(a, SYS_fcntl, 1, F_GETFD), -EBADF);
    EXPECT_EQ(server->state().running, 0u);
}

TEST_F(VfsExec, space_is_dropped_wherever_memory_ends) {
    std::size_t built = 0, committed = 0, refused = 0;
    const auto build = system.peer_hooks[vm::ExecBuild::number], commit = system.peer_hooks[pm::ExecCommit::number];
    system.peer_hooks[vm::ExecBuild::number] = [&](Endpoint peer, const Message &request) {
        ++built;
        return build(peer, request);
    };
    system.peer_hooks[pm::ExecCommit::number] = [&](Endpoint peer, const Message &request) {
        ++committed;
        return commit(peer, request);
    };
    const std::size_t frames = sef::context().live_frames;
    for (unsigned n = 0; committed == 0; ++n) {
        ASSERT_LT(n, 200u);
        HeapFaults::fail_after(n);
        if (const auto result = exec("/bin/prog", {"prog"}); result) {
            EXPECT_EQ(*result, -ENOMEM);
            ++refused;
        }
        HeapFaults::stop();
        EXPECT_EQ(sef::context().live_frames, frames) << n;
        const bool dropped = system.take_request(vm::ExecCancel::number).has_value();
        EXPECT_EQ(dropped, built == 1 && committed == 0) << n;
        built = 0;
    }
    EXPECT_GT(refused, 10u);
}

TEST_F(VfsExec, script_runs_its_interpreter) {
    put("/bin/script", "#!/bin/prog -e\nrest", 0755);
    put("/bin/outer", "#! /bin/script\n", 0755);
    EXPECT_FALSE(exec("/bin/outer", {"outer", "arg"}));
    EXPECT_EQ(argument(0), "/bin/prog");
    EXPECT_EQ(argument(1), "-e");
    EXPECT_EQ(argument(2), "/bin/script");
    EXPECT_EQ(argument(3), "/bin/outer");
    EXPECT_EQ(argument(4), "arg");
    put("/bin/self", "#!/bin/self\n", 0755);
    EXPECT_EQ(exec("/bin/self", {"self"}), -ELOOP);
}

TEST_F(VfsExec, what_is_no_program_is_refused) {
    put("/bin/plain", small_program(), 0644);
    put("/bin/text", "echo hello\n", 0755);
    put("/bin/empty", "", 0755);
    EXPECT_EQ(exec("/bin/none", {"x"}), -ENOENT);
    EXPECT_EQ(exec("/bin/plain", {"x"}), -EACCES);
    EXPECT_EQ(exec("/bin", {"x"}), -EACCES);
    EXPECT_EQ(exec("/bin/text", {"x"}), -ENOEXEC);
    EXPECT_EQ(exec("/bin/empty", {"x"}), -ENOEXEC);
    const std::string big(140000, 'x');
    EXPECT_EQ(exec("/bin/prog", {"x", big.c_str()}), -E2BIG);
    system.answer<pm::ExecCommit>([](Endpoint, const pm::ExecCommit &) -> Result<Nothing> { return Error::no_memory; });
    EXPECT_EQ(exec("/bin/prog", {"x"}), -ENOMEM);
    EXPECT_TRUE(system.take_request(vm::ExecCancel::number));
}

TEST_F(VfsExec, set_user_id_is_told_to_pm) {
    EXPECT_EQ(call(init, SYS_chown, "/bin/prog", 7, 8), 0);
    EXPECT_EQ(call(init, SYS_chmod, "/bin/prog", 06755), 0);
    std::uint32_t uid = 0, gid = 0;
    system.answer<pm::ExecCommit>([&](Endpoint, const pm::ExecCommit &request) -> Result<Nothing> {
        uid = request.set_uid;
        gid = request.set_gid;
        return Nothing{};
    });
    EXPECT_FALSE(exec("/bin/prog", {"prog"}));
    EXPECT_EQ(uid, 7u);
    EXPECT_EQ(gid, 8u);
}

TEST_F(VfsExec, first_program_gets_the_console) {
    const Endpoint first = Endpoint::make(50, 1);
    std::string arguments("/bin/prog\0-x", 12);
    const GrantId grant = system.grant(endpoint::pm, arguments.data(), arguments.size());
    const auto answer = server->ask(endpoint::pm, vfs::ExecFirst{first, 9, grant, 12});
    ASSERT_TRUE(answer);
    EXPECT_TRUE(*answer);
    EXPECT_EQ(argument(1), "-x");
    const void *text = "out";
    EXPECT_EQ(call(first, SYS_write, 2, text, 3), 3);
    EXPECT_EQ(written, "out");
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Exit{first}));
    EXPECT_TRUE(system.take_request(device::Close::number));
}

TEST_F(VfsExec, mapped_program_is_paged_in_and_told_of_changes) {
    EXPECT_FALSE(exec("/bin/prog", {"prog"}));
    std::byte page[4096];
    const GrantId grant = system.grant(endpoint::vm, page, sizeof page);
    EXPECT_EQ((*server->ask(endpoint::vm, vfs::PageIn{{image.file.file_system, 0, 9999}, 0, 4096, grant, 0})).error(),
              Error::no_entry);
    put("/bin/prog", small_program(), 0755);
    EXPECT_GT(content_changes, 0u);
    EXPECT_TRUE(*server->ask(endpoint::vm, vfs::ReleaseFile{image.file, 1}));
    EXPECT_EQ((*server->ask(endpoint::vm, vfs::PageIn{image.file, 0, 4096, grant, 0})).error(), Error::no_entry);
}

TEST_F(VfsExec, program_directory_and_mounts_are_described_by_path) {
    EXPECT_EQ(call(a, SYS_mkdir, "/tmp/deep", 0755), 0);
    EXPECT_EQ(call(a, SYS_symlink, "../bin/./prog", "/tmp/link"), 0);
    EXPECT_EQ(call(a, SYS_chdir, "/tmp/deep"), 0);
    EXPECT_FALSE(exec("../link", {"link", "b c"}));
    char text[512];
    const GrantId grant = system.grant(asker, text, sizeof text);
    const auto describe = [&](vfs::ProcessText what) {
        const auto bytes = *server->ask(asker, vfs::DescribeProcess{a, what, grant, sizeof text});
        return bytes ? std::string(text, bytes->bytes) : "error " + std::to_string(static_cast<int>(bytes.error()));
    };
    EXPECT_EQ(describe(vfs::ProcessText::program), "/bin/prog");
    EXPECT_EQ(describe(vfs::ProcessText::current_directory), "/tmp/deep");
    EXPECT_EQ(call(a, SYS_rename, "/bin", "/sbin"), 0);
    EXPECT_EQ(call(a, SYS_unlink, "/sbin/prog"), 0);
    EXPECT_EQ(describe(vfs::ProcessText::program), "error 2");
    const auto mounts = *server->ask(asker, vfs::DescribeMounts{grant, sizeof text});
    ASSERT_TRUE(mounts);
    EXPECT_NE(std::string(text, mounts->bytes).find(" /tmp tmpfs rw"), std::string::npos)
        << std::string(text, mounts->bytes);
    EXPECT_EQ(sys::grants().in_use(), 0u);
}

// ---- the terminal ---------------------------------------------------------------------------------

struct VfsTerminal : VfsExec {
    VfsTerminal() { EXPECT_EQ(call(a, SYS_open, "/dev/console", O_RDWR), 0); }
};

TEST_F(VfsTerminal, signal_ends_a_read_at_the_driver) {
    char byte = 0;
    const auto tag = start(a, SYS_read, 0, &byte, 1);
    const auto asked = system.take_request(device::Read::number);
    ASSERT_TRUE(asked);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::Cancel{a, 0, tag}));
    const auto cancel = system.take_request(device::Cancel::number);
    ASSERT_TRUE(cancel);
    EXPECT_EQ(decode_request<device::Cancel>(cancel->message).tag, asked->message.tag);
    Message reply = encode_error(device::Read::number, asked->message.tag, to_wire(Error::interrupted));
    reply.source = endpoint::tty;
    reply.flags |= static_cast<std::uint16_t>(IpcCall::senda);
    server->deliver(reply);
    EXPECT_EQ(server->user_result(a, tag), to_wire(Error::restart_call));
}

TEST_F(VfsTerminal, dead_driver_gives_eio_until_it_is_opened_anew) {
    char byte = 0;
    const auto tag = start(a, SYS_read, 0, &byte, 1);
    server->peer_died(endpoint::tty);
    EXPECT_EQ(server->user_result(a, tag), -EIO);
    EXPECT_EQ(call(a, SYS_read, 0, &byte, 1), -EIO);
    EXPECT_EQ(call(a, SYS_close, 0), 0);
    EXPECT_EQ(call(a, SYS_open, "/dev/console", O_RDWR), 0);
    const void *text = "again";
    EXPECT_EQ(call(a, SYS_write, 0, text, 5), 5);
}

TEST_F(VfsTerminal, controlling_terminal_is_what_dev_tty_means) {
    EXPECT_EQ(call(init, SYS_mknod, "/dev/tty", 0020666, 5 << 8), 0);
    EXPECT_EQ(call(a, SYS_open, "/dev/tty", O_RDWR), -ENXIO);
    EXPECT_TRUE(*server->ask(endpoint::pm, vfs::NewSession{a, 2}));
    EXPECT_EQ(call(a, SYS_open, "/dev/console", O_RDWR | O_NOCTTY), 1);
    EXPECT_EQ(call(a, SYS_open, "/dev/tty", O_RDWR), -ENXIO);
    EXPECT_EQ(call(a, SYS_open, "/dev/console", O_RDWR), 2);
    EXPECT_EQ(call(a, SYS_open, "/dev/tty", O_RDWR), 3);
    EXPECT_EQ(call(a, SYS_mknod, "/dev/none", 0020666, 99 << 8), 0);
    EXPECT_EQ(call(a, SYS_open, "/dev/none", O_RDWR), -ENXIO);
    EXPECT_EQ(call(a, SYS_lseek, 3, 0, 0), -ESPIPE);
}

TEST_F(VfsTerminal, ioctl_carries_the_argument) {
    std::uint32_t bytes = 0;
    system.answer<device::Ioctl>([&](Endpoint, const device::Ioctl &request) -> Result<device::Ioctl::Reply> {
        bytes = request.argument_bytes;
        return device::Ioctl::Reply{5};
    });
    char termios[64];
    EXPECT_EQ(call(a, SYS_ioctl, 0, 0x5401, termios), 5);
    EXPECT_EQ(bytes, 36u);
    EXPECT_EQ(call(a, SYS_open, "/bin/prog", O_RDONLY), 1);
    EXPECT_EQ(call(a, SYS_ioctl, 1, 0x5401, termios), -ENOTTY);
}

}  // namespace
}  // namespace axo::fake
