// Rights that services get at run time, as PCI gives them.
#include "test/host/rs/world/world.hpp"

#include <algorithm>

namespace axo::rs::test {

std::int64_t World::control_privileges(Program &program, PrivilegeRequest request, std::uint64_t argument) {
    if (request == PrivilegeRequest::allow) program.allowed = true;
    if (request == PrivilegeRequest::set_system) {
        const auto &rights = *reinterpret_cast<const Privileges *>(argument);
        for (std::uint32_t i = 0; i < rights.io_count; ++i) program.ports.insert(rights.io[i].first);
        privilege = privilege == 250 ? 20 : privilege + 1;
        return static_cast<std::int64_t>(privilege);
    }
    if (request == PrivilegeRequest::add_io) {
        EXPECT_TRUE(program.allowed) << "the kernel adds rights to who may run";
        program.ports.insert(reinterpret_cast<const IoRange *>(argument)->first);
    }
    return 0;
}

/// What PCI would do for a driver, or somebody who may not.
void World::give_right() {
    const char *const names[] = {"one", "two", "three"};
    const Service *from = find(names[random() % 3]), *to = find(names[random() % 3]);
    if (from == nullptr || to == nullptr || at(from->active.endpoint) == nullptr) return;
    if (at(from->active.endpoint)->dead) return;
    const std::uint64_t port = 0x1000 + random() % 12 * 16;
    GiveRight request{RightKind::ports, 0, port, port + 15, {}};
    put_text(request.label, to->label);
    const std::string label(to->label.view());
    const bool may = (from->record.flags & service::start_flag::kernel_calls) != 0;
    const auto answered = server.ask(from->active.endpoint, request);
    ASSERT_TRUE(answered);
    auto &has = given[label];
    const bool room = has.contains(port) || has.size() < GivenRights::io_max;
    const bool anothers = !has.contains(port) && std::ranges::any_of(given, [&](const auto &other) {
        return other.first != label && find(other.first.c_str()) != nullptr && other.second.contains(port);
    });
    const Error expected = !may ? Error::not_permitted : anothers ? Error::busy : room ? Error{} : Error::no_memory;
    EXPECT_EQ(*answered ? Error{} : answered->error(), expected);
    if (*answered) has.insert(port);
    collect();
}

void World::expect_rights(const Service &service, const Program &program) {
    const auto &has = given[std::string(service.label.view())];
    EXPECT_EQ(program.ports, std::multiset<std::uint64_t>(has.begin(), has.end())) << service.label.text;
}

}  // namespace axo::rs::test
