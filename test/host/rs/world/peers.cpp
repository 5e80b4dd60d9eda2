// PM, VM, VFS and DS: what RS asks of them is answered later, and refused now and then.
#include "test/host/rs/world/world.hpp"

#include <cstring>

#include "test/host/rs/fake_image.hpp"

namespace axo::rs::test {

namespace {

Endpoint endpoint_in(std::uint64_t word) { return Endpoint{static_cast<std::uint32_t>(word)}; }

}  // namespace

template <Request R>
void World::reply_later(Endpoint peer, std::uint64_t tag, std::function<Result<typename R::Reply>()> result) {
    later([this, peer, tag, result] {
        const auto value = result();
        Message reply =
            value ? encode_reply(R::number, tag, *value) : encode_error(R::number, tag, to_wire(value.error()));
        reply.source = peer;
        reply.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::senda) | message_flag::reply);
        if (tag != 0) server.deliver(reply);
    });
}

template <Request R>
void World::answer(Endpoint peer, const Message &message, std::function<Result<typename R::Reply>(const R &)> serve) {
    if (message.type != R::number) return;
    const R request = decode_request<R>(message);
    reply_later<R>(peer, message.tag, [serve, request] { return serve(request); });
}

void World::answer_request(const fake::Sent &sent) {
    answer_pm(sent);
    answer_vm(sent);
    answer_memory(sent);
    answer_vfs(sent);
    answer_ds(sent);
}

void World::answer_pm(const fake::Sent &sent) {
    const Message &m = sent.message;
    const Endpoint p = sent.peer;
    const auto fails = [this] { return goes_wrong(hazards.refusal); };
    using Done = Result<Nothing>;
    answer<pm::LookupPid>(p, m, [](const auto &) { return pm::LookupPid::Reply{50, 0}; });
    answer<pm::Spawn>(p, m, [=, this](const auto &r) -> Result<pm::Spawn::Reply> {
        if (fails()) return Error::again;
        return spawn(r);
    });
    if (m.type == pm::DestroyService::number) {  // nobody waits for it, and it is done in order
        const auto destroyed = decode_request<pm::DestroyService>(m).process;
        EXPECT_EQ(places.erase(destroyed.value), 1u) << "destroyed twice, or never made";
        return;
    }
    answer<pm::StartInit>(p, m, [](const auto &) -> Done { return Nothing{}; });
    answer<pm::RunScript>(p, m, [=, this](const pm::RunScript &r) -> Result<pm::RunScript::Reply> {
        EXPECT_FALSE(system.granted(r.arguments, endpoint::pm).empty());
        if (fails()) return Error::no_entry;
        return pm::RunScript::Reply{60, 0};
    });
}

void World::answer_vm(const fake::Sent &sent) {
    const Message &m = sent.message;
    const Endpoint p = sent.peer;
    const auto fails = [this] { return goes_wrong(hazards.refusal); };
    using Done = Result<Nothing>;
    answer<axo::vm::Spawn>(p, m, [=, this](const axo::vm::Spawn &r) -> Result<axo::vm::Spawn::Reply> {
        EXPECT_FALSE(system.granted(r.image, endpoint::vm).empty()) << "the grant went before the answer";
        Program *program = at(r.process);
        if (program == nullptr || fails()) return Error::no_memory;
        program->loaded = true;
        return axo::vm::Spawn::Reply{};
    });
    answer<axo::vm::SetMask>(p, m, [](const auto &) -> Done { return Nothing{}; });
    if (m.type == axo::vm::RsUpdate::number) swap_later(decode_request<axo::vm::RsUpdate>(m), p, m.tag);
}

void World::swap_later(const axo::vm::RsUpdate &request, Endpoint peer, std::uint64_t tag) {
    ++swaps_under_way;
    later([this, request, tag, peer] {
        const auto result = swap(request);
        reply_later<axo::vm::RsUpdate>(peer, tag, [this, result] {
            --swaps_under_way;
            return result;
        });
    });
}

/// What VM has for services: regions, and accounts of memory.
void World::answer_memory(const fake::Sent &sent) {
    const Message &m = sent.message;
    const Endpoint p = sent.peer;
    const auto fails = [this] { return goes_wrong(hazards.refusal); };
    using Done = Result<Nothing>;
    answer<axo::vm::MakePresent>(p, m, [](const auto &) -> Done { return Nothing{}; });
    answer<axo::vm::MemoryUse>(p, m, [](const auto &) { return axo::vm::MemoryUse::Reply{4096, 4096}; });
    answer<axo::vm::ArenaDigest>(p, m, [](const auto &) { return axo::vm::ArenaDigest::Reply{1, 4096}; });
    answer<axo::vm::RegionAllocate>(p, m, [=, this](const auto &r) -> Result<axo::vm::RegionAllocate::Reply> {
        if (fails()) return Error::no_memory;
        return regions.allocate(r.bytes);
    });
    if (m.type == axo::vm::RegionFree::number) {
        EXPECT_TRUE(regions.free(decode_request<axo::vm::RegionFree>(m).handle)) << "freed twice";
        return;
    }
}

void World::answer_vfs(const fake::Sent &sent) {
    const Message &m = sent.message;
    const Endpoint p = sent.peer;
    const auto fails = [this] { return goes_wrong(hazards.refusal); };
    using Done = Result<Nothing>;
    answer<vfs::ReadFile>(p, m, [this](const vfs::ReadFile &r) { return read_file(r); });
    if (m.type == vfs::ServiceDied::number) vfs_hears_of(decode_request<vfs::ServiceDied>(m).process);
    answer<vfs::MapDriver>(p, m, [=](const auto &) -> Done {
        if (fails()) return Error::busy;
        return Nothing{};
    });
}

Result<vfs::ReadFile::Reply> World::read_file(const vfs::ReadFile &r) {
    const auto fails = [this] { return goes_wrong(hazards.refusal); };
    EXPECT_FALSE(system.granted(r.buffer, endpoint::vfs).empty()) << "the grant went before the answer";
    EXPECT_FALSE(system.granted(r.path, endpoint::vfs).empty());
    if (fails()) return Error::no_entry;
    const auto path = system.granted(r.path, endpoint::vfs);
    std::string_view name(reinterpret_cast<const char *>(path.data()), r.path_bytes);
    name.remove_prefix(name.rfind('/') + 1);
    const auto image = service_image(fails() ? "stranger" : name, one_in(20) && hazards.refusal != 0 ? 0 : 7);
    std::memcpy(system.granted(r.buffer, endpoint::vfs).data(), image.data(), image.size());
    return vfs::ReadFile::Reply{one_in(4) ? 200 * 1024u : image.size()};
}

void World::answer_ds(const fake::Sent &sent) {
    const Message &m = sent.message;
    const Endpoint p = sent.peer;
    using Done = Result<Nothing>;
    if (m.type == ds::Publish::number) {
        const auto request = decode_request<ds::Publish>(m);
        const auto key = system.granted(request.key, endpoint::ds);
        labels[std::string(reinterpret_cast<const char *>(key.data()), request.key_bytes)] = endpoint_in(request.value);
    }
    if (m.type == ds::DropLabel::number) labels.erase(std::string(text_of(decode_request<ds::DropLabel>(m).label)));
    answer<ds::Publish>(p, m, [](const auto &) -> Done { return Nothing{}; });
    answer<ds::DropLabel>(p, m, [](const auto &) -> Done { return Nothing{}; });
}

}  // namespace axo::rs::test
