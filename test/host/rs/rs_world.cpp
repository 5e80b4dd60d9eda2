#include "test/host/rs/rs_world.hpp"

#include <algorithm>

#include "servers/rs/service/majors.hpp"

namespace axo::rs::test {

namespace {

constexpr VirtAddr record_at{0x1000};
constexpr std::uint64_t record_room = sizeof(service::StartRecord);
constexpr int signal_kill = 9, signal_segv = 11, signal_hangup = 1, signal_term = 15;

Endpoint endpoint_in(std::uint64_t word) { return Endpoint{static_cast<std::uint32_t>(word)}; }

}  // namespace

World::World(std::uint32_t seed) : random(seed), system(endpoint::rs) {
    install_kernel();
    for (unsigned i = 0; i < 6; ++i) {
        users.push_back({.process = Endpoint::make(900 + i, 1), .label = {}});
        system.map_process(users.back().process, record_at, 1 << 16);
    }
    boot();
}

void World::install_kernel() {
    system.on_kernel(KernelCall::process_info, [this](const fake::Arguments &a, std::uint64_t &) {
        const Program *program = at(endpoint_in(a[0]));
        if (program == nullptr) return to_wire(Error::no_process);
        ProcessInfo info{};
        info.endpoint = endpoint_in(a[0]);
        const bool busy = program->mood == Program::Mood::loops || (program->told && !program->accepted);
        info.in_receive = busy ? 0 : 1;
        info.struck = program->dead ? 1 : 0;
        info.user = program->worked;
        std::memcpy(reinterpret_cast<void *>(a[1]), &info, sizeof info);
        return std::int64_t{0};
    });
    system.on_kernel(KernelCall::kill, [this](const fake::Arguments &a, std::uint64_t &) {
        Program *program = at(endpoint_in(a[0]));
        if (program == nullptr) return to_wire(Error::no_process);
        die(*program, static_cast<int>(a[1]));
        return std::int64_t{0};
    });
    system.on_kernel(KernelCall::get_signal, [this](const fake::Arguments &, std::uint64_t &set) {
        while (!signaled.empty()) {
            const auto [number, signal] = signaled.front();
            signaled.erase(signaled.begin());
            if (place_of(number) == endpoint::none) continue;  // destroyed meanwhile
            set = 1ull << (signal - 1);
            return static_cast<std::int64_t>(place_of(number).value);
        }
        return static_cast<std::int64_t>(endpoint::none.value);
    });
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

void World::boot() {
    EXPECT_TRUE(server.start());
    for (const BootEntry &entry : boot_table()) {
        if (!entry.core || entry.endpoint == endpoint::rs) continue;
        EXPECT_TRUE(*server.ask(entry.endpoint, InitReady{0, 0, 0, 0}));
        collect();
        drain();
    }
    drain();
    EXPECT_TRUE(server.state().system.up);
}

Program *World::at(Endpoint process) {
    const auto found = places.find(process.value);
    return found == places.end() ? nullptr : found->second.get();
}

Endpoint World::place_of(unsigned number) const {
    for (const auto &[place, program] : places)
        if (program->number == number) return Endpoint{place};
    return endpoint::none;
}

Program *World::by_number(unsigned number) { return at(place_of(number)); }

void World::die(Program &program, int signal) {
    if (program.dead) return;
    program.dead = true;
    program.ready_tag = program.init_tag = 0;
    ++deaths;
    signaled.emplace_back(program.number, signal);
    later([this] { server.notify(endpoint::system, kernel_signal::manage); });
}

void World::kill(Endpoint process, int signal) {
    if (Program *program = at(process)) die(*program, signal);
}

// ---- what RS sent --------------------------------------------------------------------------------------

void World::collect() {
    std::vector<fake::Sent> sent;
    std::swap(sent, system.sent);
    // Notifications leave after the messages of their turn.
    std::stable_partition(sent.begin(), sent.end(),
                          [](const fake::Sent &item) { return item.call != IpcCall::notify; });
    for (const fake::Sent &item : sent) collect_one(item);
    watch_steps();
}

void World::collect_one(const fake::Sent &sent) {
    if (sent.message.is_reply()) return on_reply(sent.peer, sent.message);
    if (Program *program = at(sent.peer)) {
        if (sent.call == IpcCall::notify) {
            EXPECT_TRUE(program->accepted || program->dead) << "a ping before Init was accepted";
            const unsigned number = program->number;
            if (program->mood != Program::Mood::loops && !goes_wrong(hazards.silence)) {
                later([this, number] {
                    const Program *pinged = by_number(number);
                    if (pinged != nullptr && !pinged->dead && pinged->accepted && pinged->ready_tag == 0)
                        server.send(place_of(number), Pong{}, IpcCall::senda);
                });
            }
            return;
        }
        return on_program_message(*program, sent.peer, sent.message);
    }
    if (sent.call != IpcCall::notify) answer_request(sent);
}

void World::on_program_message(Program &program, Endpoint at_place, const Message &message) {
    const unsigned number = program.number;
    if (message.type == Init::number) {
        EXPECT_FALSE(program.told) << "Init twice";
        EXPECT_TRUE(program.loaded && program.allowed);
        program.told = true;
        const auto mood = program.mood;
        if (mood == Program::Mood::init_hangs) return;
        later([this, number, mood] {
            Program *starting = by_number(number);
            if (starting == nullptr || starting->dead) return;
            if (mood == Program::Mood::init_dies) return die(*starting, signal_segv);
            report_init(number, mood == Program::Mood::init_fails ? to_wire(Error::io) : 0);
        });
        return;
    }
    EXPECT_TRUE(program.accepted || program.dead)
        << "message " << std::hex << message.type << " to " << at_place.value << ", which has not initialised";
    if (goes_wrong(hazards.silence)) return;
    if (message.type == UpdatePrepare::number) {
        const auto request = decode_request<UpdatePrepare>(message);
        if (request.state == 0) return;
        const bool refuses = goes_wrong(hazards.refusal);
        later([this, number, request, refuses] {
            Program *asked = by_number(number);
            if (asked == nullptr || asked->dead || asked->ready_tag != 0) return;
            const std::int64_t result = refuses ? to_wire(Error::busy) : 0;
            asked->ready_tag = 1;  // replaced by the true one
            const std::uint64_t tag = server.send(place_of(number), UpdateReady{request.state, 0, result});
            if (Program *waits = by_number(number); waits != nullptr && waits->ready_tag == 1) waits->ready_tag = tag;
            collect();
        });
    } else if (message.type == SignalReceived::number) {
        const int signal = static_cast<int>(decode_request<SignalReceived>(message).signal);
        later([this, number, signal] {
            Program *told = by_number(number);
            if (signal == signal_term && told != nullptr && told->ready_tag == 0) die(*told, 6);
        });
    }
}

void World::report_init(unsigned number, std::int64_t result) {
    Program &program = *by_number(number);
    program.refused = result < 0;
    const Endpoint place = place_of(number);
    program.init_tag = 1;
    const std::uint64_t tag = server.send(place, InitReady{result, 7, name_hash(program.label), 1 << 4});
    if (Program *waits = by_number(number); waits != nullptr && waits->init_tag == 1) waits->init_tag = tag;
    collect();
}

void World::on_reply(Endpoint to, const Message &message) {
    for (User &user : users) {
        if (user.process != to) continue;
        EXPECT_EQ(user.tag, message.tag) << "an answer nobody waits for";
        user.tag = 0;
        user.result = message.status();
        return on_user_answer(user, message.status());
    }
    if (to == endpoint::vfs) return on_mount_answer(message);
    Program *program = at(to);
    if (program == nullptr || program->dead) return;
    if (message.type == InitReady::number && message.status() >= 0) {
        program->accepted = true;
        program->init_tag = 0;
    }
    if (message.type == UpdateReady::number) {
        EXPECT_LT(message.status(), 0) << "the old version goes on only after an error";
        program->ready_tag = 0;
    }
}

void World::start_file_system() {
    StartFileSystem request{};
    put_text(request.program, "tmpfs");
    ++mount_requests;
    mount_waits[server.send(endpoint::vfs, request, IpcCall::senda)] = endpoint::none;
    collect();
}

void World::stop_file_system(Endpoint process) {
    mounted.erase(process.value);
    ++mount_requests;
    mount_waits[server.send(endpoint::vfs, StopFileSystem{process, 0}, IpcCall::senda)] = process;
    collect();
}

void World::on_mount_answer(const Message &message) {
    const auto waiter = mount_waits.find(message.tag);
    ASSERT_NE(waiter, mount_waits.end()) << "an answer VFS does not wait for";
    const Endpoint stopped = waiter->second;
    mount_waits.erase(waiter);
    if (stopped != endpoint::none) {
        EXPECT_EQ(message.status(), 0);
        EXPECT_EQ(server.state().services.find(stopped), nullptr) << "it is still there";
        ++mounts_ended;
        return;
    }
    if (message.status() < 0) {
        ++mounts_failed;
        return;
    }
    const Endpoint process = decode_reply<StartFileSystem::Reply>(message)->process;
    const Service *service = server.state().services.find(process);
    ASSERT_NE(service, nullptr);
    EXPECT_TRUE(service->label.view().starts_with("tmpfs."));
    ++mounts_done;
    mounted.insert(process.value);
}

void World::mount_or_unmount() {
    if (mounted.empty() || one_in(2)) return start_file_system();
    auto chosen = mounted.begin();
    std::advance(chosen, static_cast<long>(random() % mounted.size()));
    stop_file_system(Endpoint{*chosen});
}

void World::on_user_answer(User &user, std::int64_t result) {
    ++answers;
    if (user.command != service::Command::update || result != 0) return;
    const Service *service = find(user.label);
    const Program *program = service == nullptr ? nullptr : at(service->active.endpoint);
    ASSERT_NE(program, nullptr);
    EXPECT_TRUE(program->accepted && program->of_update && program->number > user.programs_before);
}

/// An update that failed changed nothing, unless the service died; one that did not left the new version there.
void World::check_updates() {
    for (; events_seen < server.state().events.next(); ++events_seen) {
        const service::Event *event = server.state().events.from(events_seen);
        if (event == nullptr || event->reason != service::Reason::update) continue;
        event->status == 0 ? ++updates_done : ++updates_failed;
        const Program *program = at(event->after);
        if (program == nullptr || program->dead) continue;
        const bool same = program->number == before_update[std::string(text_of(event->label))];
        EXPECT_EQ(same, event->status != 0) << text_of(event->label) << ": " << text_of(event->text);
    }
}

// ---- peers ---------------------------------------------------------------------------------------------

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
    answer<axo::vm::Spawn>(p, m, [=, this](const axo::vm::Spawn &r) -> Result<axo::vm::Spawn::Reply> {
        EXPECT_FALSE(system.granted(r.image, endpoint::vm).empty()) << "the grant went before the answer";
        Program *program = at(r.process);
        if (program == nullptr || fails()) return Error::no_memory;
        program->loaded = true;
        return axo::vm::Spawn::Reply{};
    });
    answer<axo::vm::SetMask>(p, m, [](const auto &) -> Done { return Nothing{}; });
    if (m.type == axo::vm::RsUpdate::number) {
        const auto request = decode_request<axo::vm::RsUpdate>(m);
        const std::uint64_t tag = m.tag;
        ++swaps_under_way;
        later([this, request, tag, p] {
            const auto result = swap(request);
            reply_later<axo::vm::RsUpdate>(p, tag, [this, result] {
                --swaps_under_way;
                return result;
            });
        });
        return;
    }
    answer<vfs::ReadFile>(p, m, [=, this](const vfs::ReadFile &r) -> Result<vfs::ReadFile::Reply> {
        EXPECT_FALSE(system.granted(r.buffer, endpoint::vfs).empty()) << "the grant went before the answer";
        EXPECT_FALSE(system.granted(r.path, endpoint::vfs).empty());
        if (fails()) return Error::no_entry;
        const auto path = system.granted(r.path, endpoint::vfs);
        std::string_view name(reinterpret_cast<const char *>(path.data()), r.path_bytes);
        name.remove_prefix(name.rfind('/') + 1);
        const auto image = service_image(fails() ? "stranger" : name, one_in(20) && hazards.refusal != 0 ? 0 : 7);
        std::memcpy(system.granted(r.buffer, endpoint::vfs).data(), image.data(), image.size());
        return vfs::ReadFile::Reply{one_in(4) ? 200 * 1024u : image.size()};
    });
    if (m.type == vfs::ServiceDied::number) {
        const Endpoint gone = decode_request<vfs::ServiceDied>(m).process;
        bool of_mount = mounted.erase(gone.value) == 1;
        for (const auto &[tag, stopped] : mount_waits) of_mount = of_mount || stopped == gone;
        mounts_lost += of_mount;
        drivers_lost += !of_mount;
        const Program *program = at(gone);
        const Service *service = program == nullptr ? nullptr : find(program->label);
        const bool driver = service != nullptr && program->dead && majors_of(*service)[0].major != 0;
        EXPECT_TRUE(of_mount || driver) << "neither a file system that a mount has, nor a dead driver";
        return;
    }
    answer<vfs::MapDriver>(p, m, [=](const auto &) -> Done {
        if (fails()) return Error::busy;
        return Nothing{};
    });
    if (m.type == ds::Publish::number) {
        const auto request = decode_request<ds::Publish>(m);
        const auto key = system.granted(request.key, endpoint::ds);
        labels[std::string(reinterpret_cast<const char *>(key.data()), request.key_bytes)] = endpoint_in(request.value);
    }
    if (m.type == ds::DropLabel::number) labels.erase(std::string(text_of(decode_request<ds::DropLabel>(m).label)));
    answer<ds::Publish>(p, m, [](const auto &) -> Done { return Nothing{}; });
    answer<ds::DropLabel>(p, m, [](const auto &) -> Done { return Nothing{}; });
}

Result<pm::Spawn::Reply> World::spawn(const pm::Spawn &request) {
    auto program = std::make_unique<Program>();
    program->number = ++programs;
    program->label = text_of(request.name);
    const Service *service = find(program->label);
    EXPECT_NE(service, nullptr);
    if (service == nullptr) return Error::no_process;
    EXPECT_EQ(service->work.step, service::Step::process);
    program->of_update = service->work.kind == InitKind::update;
    if (service->work.kind == InitKind::restart) ++restarts;
    if (goes_wrong(hazards.mood)) program->mood = static_cast<Program::Mood>(1 + random() % 4);
    const Endpoint place = Endpoint::make(100 + slots++ % 700, 1 + programs / 700);
    EXPECT_FALSE(places.contains(place.value));
    places[place.value] = std::move(program);
    return pm::Spawn::Reply{place, programs};
}

Result<Nothing> World::swap(const axo::vm::RsUpdate &request) {
    Program *a = at(request.source), *b = at(request.destination);
    EXPECT_TRUE(a != nullptr && b != nullptr) << "a swap of who is gone";
    if (a == nullptr || b == nullptr) return Error::invalid;
    EXPECT_TRUE(a->stands_still() && b->stands_still()) << "a swap of who runs";
    if (goes_wrong(hazards.refusal)) return Error::busy;
    if (!b->dead && goes_wrong(hazards.refusal / 2)) return Error::no_memory;
    std::swap(places[request.source.value], places[request.destination.value]);
    ++swaps;
    return Nothing{};
}

// ---- what happens --------------------------------------------------------------------------------------

/// What RS is doing can be read from its State: who is at the service's own place is no secret of a coroutine.
void World::watch_steps() {
    check_updates();
    std::erase_if(given, [this](const auto &item) { return find(item.first) == nullptr; });
    for (const Service &service : server.state().services.all()) {
        if (service.phase == Phase::free || service.has(service_flag::boot)) continue;
        steps_seen.insert(service.work.step);
        const bool before = service.phase == Phase::running || service.phase == Phase::updating;
        if (before && !service.next.exists() && at(service.active.endpoint) != nullptr)
            before_update[std::string(service.label.view())] = at(service.active.endpoint)->number;
        if (service.phase != Phase::updating || swaps_under_way != 0 || !service.next.exists()) continue;
        const Program *here = at(service.active.endpoint), *there = at(service.next.endpoint);
        if (here == nullptr || there == nullptr) continue;
        EXPECT_EQ(service.work.swapped, here->number > there->number) << service.label.text;
    }
}

void World::do_one() {
    if (waiting.empty()) return;
    std::swap(waiting[random() % waiting.size()], waiting.back());
    const Deed deed = std::move(waiting.back());
    waiting.pop_back();
    deed();
    collect();
}

void World::drain() {
    collect();
    while (!waiting.empty()) do_one();
}

void World::periods(unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
        for (auto &[place, program] : places) {
            const bool works = program->mood == Program::Mood::loops ||
                               (program->mood == Program::Mood::init_hangs && !program->accepted);
            if (works && program->allowed && !program->dead) program->worked = program->worked + milliseconds(90);
        }
        system.advance(policy::work_period);
        server.run();
        collect();
    }
}

std::uint64_t World::give(User &user, service::Command command, const std::string &label) {
    service::StartRecord record{};
    const std::uint32_t keep[] = {0, service::start_flag::copy, service::start_flag::reuse,
                                  service::start_flag::verify};
    record.flags = keep[random() % 4];
    record.update_state = 1;
    if (label == "three") {
        record.flags |= service::start_flag::kernel_calls;
        record.kernel_calls.set(call_bit(KernelCall::privilege_control));
    }
    put_text(record.label, label);
    put_text(record.command, "/usr/sbin/" + label);
    record.major = major;
    if (script) put_text(record.script, "/etc/script");
    const bool whole = command == service::Command::up || command == service::Command::update;
    const std::size_t bytes = whole ? sizeof record : sizeof(service::LabelRecord);
    const void *from = whole ? static_cast<const void *>(&record) : record.label;
    std::memcpy(system.process_memory(user.process, record_at, bytes), from, bytes);
    const std::uint64_t answer_at = record_at.value + record_room;
    user.command = command;
    user.label = label;
    user.programs_before = programs;
    user.tag = 1;
    ++commands;
    const std::uint64_t tag = server.start_user_call(
        user.process, user_call, {static_cast<std::uint64_t>(command), record_at.value, bytes, answer_at, 40'000});
    user.tag = tag;
    collect();
    return tag;
}

void World::step() {
    const unsigned choice = random() % 100;
    if (choice < 60) return do_one();
    if (choice < 68) return periods(1);
    if (choice < 68 + hazards.death && !places.empty()) {
        auto victim = places.begin();
        std::advance(victim, random() % places.size());
        if (victim->second->allowed) return kill(Endpoint{victim->first}, one_in(2) ? signal_kill : signal_segv);
        return;
    }
    if (choice < 75) return give_right();
    if (choice < 78 && !places.empty()) {
        auto target = places.begin();
        std::advance(target, random() % places.size());
        if (!target->second->allowed || target->second->dead) return;
        signaled.emplace_back(target->second->number, one_in(8) ? signal_term : signal_hangup);
        return later([this] { server.notify(endpoint::system, kernel_signal::manage); });
    }
    if (mounts && choice < 83) return mount_or_unmount();
    if (choice < 85) return do_one();
    User &user = users[random() % users.size()];
    if (user.tag != 0) return;
    using service::Command;
    constexpr Command what[] = {Command::up,      Command::up,   Command::update,  Command::update, Command::update,
                                Command::refresh, Command::down, Command::restart, Command::status, Command::trace};
    const char *const names[] = {"one", "two", "three"};
    give(user, what[random() % std::size(what)], names[random() % std::size(names)]);
}

void World::settle() {
    hazards = {};
    for (auto &[place, program] : places)
        if (program->mood == Program::Mood::loops) program->mood = Program::Mood::good;
    for (unsigned i = 0; i < 450; ++i) {
        drain();
        periods(1);
    }
    drain();
}

void World::go_down() { EXPECT_TRUE(*server.ask(endpoint::pm, Shutdown{})); }

void World::expect_settled() {
    EXPECT_EQ(answers, commands) << "every command is answered exactly once";
    EXPECT_TRUE(mount_waits.empty()) << "a request of VFS without an answer";
    EXPECT_EQ(mounts_done + mounts_failed + mounts_ended, mount_requests);
    std::set<std::uint32_t> of_mounts;
    for (const Service &service : server.state().services.all())
        if (service.phase != Phase::free && service.has(service_flag::of_mount))
            of_mounts.insert(service.active.endpoint.value);
    EXPECT_EQ(of_mounts, mounted) << "each file system has a mount, and each mount its file system";
    EXPECT_FALSE(server.state().updater.busy);
    EXPECT_EQ(sef::pending_requests().count(), 0u);
    std::set<std::uint32_t> owned;
    std::set<const Image *> images;
    std::size_t lives = 0;
    for (const Service &service : server.state().services.all()) {
        if (service.phase == Phase::free || service.active.endpoint == endpoint::rs) continue;
        ++lives;
        if (service.has(service_flag::boot)) continue;
        EXPECT_TRUE(service.phase == Phase::running || service.dead()) << service.label.text;
        EXPECT_EQ(service.work.step, service::Step::none);
        EXPECT_FALSE(service.work.swapped || service.owes_answer() || service.next.exists());
        EXPECT_EQ(service.work.image, nullptr);
        EXPECT_EQ(service.held_signals, 0u);
        if (service.image != nullptr) images.insert(service.image);
        owned.insert(service.active.endpoint.value);
        if (service.phase != Phase::running) continue;
        const Program *program = at(service.active.endpoint);
        ASSERT_NE(program, nullptr) << service.label.text;
        EXPECT_TRUE(program->accepted && !program->dead && program->ready_tag == 0) << service.label.text;
        EXPECT_EQ(program->label, std::string(service.label.view()));
        expect_rights(service, *program);
        EXPECT_EQ(labels[program->label], service.active.endpoint) << program->label;
    }
    for (const auto &[place, program] : places)
        EXPECT_TRUE(owned.contains(place)) << program->label << ": a process that no service has";
    EXPECT_EQ(regions.count(), images.size()) << "a region that no service keeps";
    EXPECT_EQ(sef::context().live_frames, lives) << "one coroutine per service but RS itself";
    for (const auto &line : system.log) EXPECT_EQ(line.find("without an answer"), line.npos) << line;
}

}  // namespace axo::rs::test
