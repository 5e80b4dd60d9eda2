// The kernel calls that RS makes about processes.
#include "test/host/rs/world/world.hpp"

#include <cstring>

namespace axo::rs::test {

namespace {

Endpoint endpoint_in(std::uint64_t word) { return Endpoint{static_cast<std::uint32_t>(word)}; }

}  // namespace

void World::install_kernel() {
    system.on_kernel(KernelCall::process_info, [this](const fake::Arguments &a, std::uint64_t &) {
        return process_info(endpoint_in(a[0]), reinterpret_cast<void *>(a[1]));
    });
    system.on_kernel(KernelCall::kill, [this](const fake::Arguments &a, std::uint64_t &) {
        Program *program = at(endpoint_in(a[0]));
        if (program == nullptr) return to_wire(Error::no_process);
        die(*program, static_cast<int>(a[1]));
        return std::int64_t{0};
    });
    system.on_kernel(KernelCall::get_signal,
                     [this](const fake::Arguments &, std::uint64_t &set) { return get_signal(set); });
    system.on_kernel(KernelCall::get_context,
                     [](const fake::Arguments &, std::uint64_t &) { return to_wire(Error::no_process); });
    system.on_kernel(KernelCall::get_info, [](const fake::Arguments &a, std::uint64_t &) {
        std::memset(reinterpret_cast<void *>(a[1]), 0, a[2]);  // a boot archive without further services
        return std::int64_t{0};
    });
    system.on_kernel(KernelCall::privilege_control, [this](const fake::Arguments &a, std::uint64_t &) {
        Program *program = at(endpoint_in(a[0]));
        if (program == nullptr) return std::int64_t{0};  // a boot service
        return control_privileges(*program, static_cast<PrivilegeRequest>(a[1]), a[2]);
    });
}

std::int64_t World::process_info(Endpoint process, void *into) {
    const Program *program = at(process);
    if (program == nullptr) return to_wire(Error::no_process);
    ProcessInfo info{};
    info.endpoint = process;
    const bool busy = program->mood == Program::Mood::loops || (program->told && !program->accepted);
    info.in_receive = busy ? 0 : 1;
    info.struck = program->dead ? 1 : 0;
    info.user = program->worked;
    std::memcpy(into, &info, sizeof info);
    return 0;
}

std::int64_t World::get_signal(std::uint64_t &set) {
    while (!signaled.empty()) {
        const auto [number, signal] = signaled.front();
        signaled.erase(signaled.begin());
        if (place_of(number) == endpoint::none) continue;  // destroyed meanwhile
        set = 1ull << (signal - 1);
        return static_cast<std::int64_t>(place_of(number).value);
    }
    return static_cast<std::int64_t>(endpoint::none.value);
}

}  // namespace axo::rs::test
