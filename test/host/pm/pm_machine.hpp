// PM over a fake kernel, with VM and VFS that say yes.
#pragma once

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "axo/vm_protocol.hpp"
#include "servers/pm/server.hpp"
#include "test/host/fake/fake_sys.hpp"

namespace axo::pm {

class PmTest : public testing::Test {
protected:
    PmTest() : system(endpoint::pm) {
        system.on_kernel(KernelCall::fork, [this](const fake::Arguments &, std::uint64_t &) {
            ++slots;
            return static_cast<std::int64_t>(Endpoint::make(next_slot++, 1).value);
        });
        system.on_kernel(KernelCall::clear, [this](const fake::Arguments &, std::uint64_t &) {
            --slots;
            return std::int64_t{0};
        });
        system.on_kernel(KernelCall::get_info,
                         [](const fake::Arguments &, std::uint64_t &) { return std::int64_t{0}; });
        answer_all();
        EXPECT_TRUE(server.start());
        EXPECT_TRUE(*server.ask(endpoint::rs, StartInit{}));
    }

    void answer_all() {
        system.answer<vm::Fork>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<vm::Exit>([this](Endpoint, const auto &) { return ++spaces_freed, Nothing{}; });
        system.answer<vm::ExecSwitch>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<vfs::Fork>([this](Endpoint, const auto &) -> Result<Nothing> {
            if (vfs_fails) return Error::no_memory;
            return Nothing{};
        });
        system.answer<vfs::Exit>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<vfs::ExecFirst>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<vfs::SetIds>([](Endpoint, const auto &) { return Nothing{}; });
        system.answer<vfs::NewSession>([](Endpoint, const auto &) { return Nothing{}; });
    }

    struct Child {
        Endpoint endpoint;
        std::int64_t pid;
    };
    Child fork(Endpoint parent) {
        const Endpoint child = Endpoint::make(next_slot, 1);
        const std::uint64_t tag = server.start_user_call(parent, SYS_fork, {});
        const auto pid = server.user_result(parent, tag);
        EXPECT_TRUE(pid);
        const auto in_child = server.user_result(child, tag);
        EXPECT_TRUE(!pid || *pid < 0 || in_child == 0);
        return {child, pid.value_or(0)};
    }
    std::optional<std::int64_t> call(Endpoint process, long number, std::array<std::uint64_t, 6> arguments = {}) {
        return server.user_call(process, static_cast<unsigned>(number), arguments);
    }
    static std::uint64_t at(const void *pointer) { return reinterpret_cast<std::uint64_t>(pointer); }
    std::uint32_t records() { return server.state().processes.count(); }

    fake::System system;
    fake::Service<Server> server;
    std::uint32_t next_slot = 20;
    int slots = 0, spaces_freed = 0;
    bool vfs_fails = false;
};

}  // namespace axo::pm
