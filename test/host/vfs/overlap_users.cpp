// See overlap_users.hpp.
#include "test/host/vfs/overlap_users.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <sstream>

#include "test/host/fake/heap_faults.hpp"
#include "test/host/vfs/small_program.hpp"

namespace axo::overlap {

namespace {

constexpr unsigned user_slots = 12;
constexpr unsigned outside = 16;  // list of an exit: its process' number and this

std::uint32_t number_of_slot(unsigned process) { return 40 + process; }

}  // namespace

Users::Users(std::uint64_t seed) : users_(user_slots) {
    // What a tree and VFS keep once they had it is there from the beginning, so that no block comes without going.
    for (const char *path : {"/a", "/tmp/a"}) {
        const auto fd = machine_.call(endpoint::init, SYS_open, path, O_CREAT | O_RDWR, 0644);
        EXPECT_EQ(machine_.call(endpoint::init, SYS_write, fd, "x", 1), 1);
        EXPECT_EQ(machine_.call(endpoint::init, SYS_close, fd), 0);
        EXPECT_EQ(machine_.call(endpoint::init, SYS_unlink, path), 0);
    }
    EXPECT_EQ(machine_.call(endpoint::init, SYS_umount2, "/tmp", 0), 0);
    EXPECT_EQ(machine_.call(endpoint::init, SYS_mkdir, "/m", 0755), 0);
    EXPECT_EQ(machine_.call(endpoint::init, SYS_mkdir, "/r", 0755), 0);
    static constexpr std::uint64_t bind = 4096;
    EXPECT_EQ(machine_.call(endpoint::init, SYS_mount, "/", "/r", 0, bind, 0), 0);
    const std::string program = fake::small_program();
    const auto made = machine_.call(endpoint::init, SYS_open, "/x", O_CREAT | O_WRONLY, 0755);
    const void *content = program.data();
    EXPECT_EQ(machine_.call(endpoint::init, SYS_write, made, content, program.size()),
              static_cast<std::int64_t>(program.size()));
    EXPECT_EQ(machine_.call(endpoint::init, SYS_close, made), 0);
    machine_.system.answer<vm::ExecCancel>(
        [](Endpoint, const vm::ExecCancel &) -> Result<Nothing> { return Nothing{}; });
    machine_.system.answer_late(seed);
    watch_programs();
    vfs::State &state = machine_.server->state();
    std::deque<vfs::PathLease> leases;
    for (std::size_t i = 0; i < vfs::PathPool::kept_max; ++i) leases.emplace_back(state.paths);
}

std::uint64_t Users::keep(std::string text) {
    std::string &kept = memory_.emplace_back(std::move(text));
    return reinterpret_cast<std::uint64_t>(kept.data());
}

/// A path where bytes follow it: VFS reads a string in pieces of a page at most.
std::uint64_t Users::path(const std::string &text) { return keep(text + std::string(8192, '\0')); }

std::string Users::any_path(bool mounts) {
    static constexpr const char *directories[] = {"/", "/d/", "/m/"};
    static constexpr const char *names[] = {"a", "b"};
    return std::string(directories[pick(mounts ? 3 : 2)]) + names[pick(2)];
}

std::string Users::perhaps_bound(std::string path, const Mix &mix) {
    return mix.bound && one_in(2) ? "/r" + path : path;
}

Call Users::any_call(unsigned process, const Mix &mix) {
    static constexpr Kind kinds[] = {
        Kind::open,   Kind::open,    Kind::open,       Kind::open,       Kind::close,          Kind::read,
        Kind::read,   Kind::write,   Kind::write,      Kind::write,      Kind::pread,          Kind::pwrite,
        Kind::pread,  Kind::find,    Kind::unlink,     Kind::seek_end,   Kind::truncate,       Kind::size_of,
        Kind::find,   Kind::rename,  Kind::link,       Kind::pipe,       Kind::make_directory, Kind::remove_directory,
        Kind::fork,   Kind::poll,    Kind::poll,       Kind::lock,       Kind::duplicate,      Kind::select,
        Kind::select, Kind::execute, Kind::range_lock, Kind::range_lock, Kind::range_lock,     Kind::mount,
        Kind::unmount};
    Call call;
    call.kind = kinds[pick(std::size(kinds) - (mix.mounts ? 0 : 2))];
    call.process = call.list = process;
    // Nearly every number is that of an open file: the first calls open some.
    const User &user = users_[process];
    if (user.opened < 3 && !one_in(3)) call.kind = one_in(4) ? Kind::pipe : Kind::open;
    call.fd = static_cast<int>(pick(user.opened + 1));
    call.second_fd = static_cast<int>(pick(user.opened + 1));
    call.path = any_path(mix.mounts);
    call.second_path = any_path(mix.mounts);
    call.bytes = one_in(2) ? 16 : pick(40);
    call.offset = one_in(2) ? 0 : pick(60);
    call.endless = one_in(2);
    call.data = std::string(1 + pick(24), static_cast<char>('A' + history_.calls.size() % 58));
    static constexpr int open_flags[] = {O_RDONLY,
                                         O_RDWR | O_CREAT,
                                         O_RDWR | O_CREAT,
                                         O_RDWR | O_CREAT,
                                         O_WRONLY | O_CREAT | O_APPEND,
                                         O_RDWR | O_CREAT | O_APPEND,
                                         O_RDWR | O_CREAT | O_EXCL,
                                         O_RDWR | O_CREAT | O_TRUNC,
                                         O_WRONLY | O_TRUNC};
    static constexpr int lock_flags[] = {LOCK_SH, LOCK_EX, LOCK_UN, LOCK_EX | LOCK_NB, LOCK_SH | LOCK_NB};
    if (call.kind == Kind::open) call.flags = open_flags[pick(std::size(open_flags))];
    if (call.kind == Kind::lock) call.flags = lock_flags[pick(std::size(lock_flags))];
    static constexpr int range_flags[] = {F_RDLCK, F_WRLCK, F_WRLCK, F_UNLCK};
    if (call.kind == Kind::open && one_in(3)) call.flags |= O_CLOEXEC;
    if (call.kind == Kind::range_lock) {
        call.flags = range_flags[pick(std::size(range_flags))];
        call.offset = pick(lockable_bytes);
        call.bytes = 1 + pick(lockable_bytes - call.offset);
    }
    if (call.kind == Kind::execute && !one_in(4)) call.path = "/x";
    const bool polls = call.kind == Kind::poll || call.kind == Kind::select;
    if (polls) call.flags = one_in(2) ? POLLIN : POLLIN | POLLOUT;
    if (call.kind == Kind::make_directory || call.kind == Kind::remove_directory) call.path = "/d";
    if (call.kind == Kind::find && one_in(4)) call.path = "/d";
    if (call.kind == Kind::write && one_in(12)) call.data.resize(40'000, call.data[0]);
    call.path = perhaps_bound(std::move(call.path), mix);
    call.second_path = perhaps_bound(std::move(call.second_path), mix);
    if (mix.mounts && one_in(8)) call.kind = one_in(2) ? Kind::mount : Kind::unmount;
    call.short_of_memory = mix.memory_fails_one_in != 0;
    if (mix.locks) make_about_locks(call);
    return call;
}

void Users::make_about_locks(Call &call) {
    static constexpr Kind ends[] = {Kind::close, Kind::execute, Kind::fork, Kind::duplicate, Kind::open};
    const bool has_file = users_[call.process].opened != 0;
    call.kind = !has_file ? Kind::open : one_in(5) ? ends[pick(std::size(ends))] : Kind::range_lock;
    call.path = call.kind == Kind::execute ? "/x" : "/a";
    call.flags = O_RDWR | O_CREAT | (one_in(2) ? O_CLOEXEC : 0);
    if (call.kind != Kind::range_lock) return;
    static constexpr int types[] = {F_WRLCK, F_WRLCK, F_RDLCK, F_UNLCK};
    call.flags = types[pick(std::size(types))];
    call.endless = !one_in(4);
    call.offset = pick(3);
    call.bytes = 1 + pick(2);
}

/// The call as the kernel would send it.
std::array<std::uint64_t, 6> Users::arguments(const Call &call, std::uint64_t buffer) {
    const std::uint64_t first = path(call.path), fd = static_cast<std::uint64_t>(call.fd);
    const auto flags = static_cast<std::uint64_t>(call.flags);
    switch (call.kind) {
        case Kind::open: return {first, flags, 0644};
        case Kind::read: return {fd, buffer, call.bytes};
        case Kind::pread: return {fd, buffer, call.bytes, call.offset};
        case Kind::write: return {fd, keep(call.data), call.data.size()};
        case Kind::pwrite: return {fd, keep(call.data), call.data.size(), call.offset};
        case Kind::seek_end: return {fd, 0, SEEK_END};
        case Kind::truncate: return {fd, call.bytes};
        case Kind::size_of: return {fd, buffer};
        case Kind::find: return {first, buffer};
        case Kind::make_directory: return {first, 0755};
        case Kind::rename:
        case Kind::link: return {first, path(call.second_path)};
        case Kind::pipe: return {buffer};
        case Kind::poll: return {buffer, 2, call.endless ? ~std::uint64_t{0} : 0};
        case Kind::select: {
            const auto words = static_cast<std::uint64_t>(std::max(call.fd, call.second_fd)) + 1;
            const bool reads = (call.flags & POLLIN) != 0, writes = (call.flags & POLLOUT) != 0;
            return {words, reads ? buffer : 0, writes ? buffer + 128 : 0, 0, call.endless ? 0 : buffer + 256};
        }
        case Kind::lock: return {fd, flags};
        case Kind::range_lock: return {fd, static_cast<std::uint64_t>(call.endless ? F_SETLKW : F_SETLK), buffer};
        case Kind::execute: return {first, buffer, 0};
        case Kind::mount: return {path("none"), path("/m"), path("tmpfs"), 0, 0};
        case Kind::unmount: return {path("/m"), 0};
        case Kind::unlink:
        case Kind::remove_directory: return {first};
        case Kind::close:
        case Kind::duplicate: return {fd};
        case Kind::fork:
        case Kind::exit: break;
    }
    return {};
}

static unsigned linux_number(Kind kind) {
    static const std::map<Kind, unsigned> numbers = {{Kind::open, SYS_open},
                                                     {Kind::close, SYS_close},
                                                     {Kind::read, SYS_read},
                                                     {Kind::write, SYS_write},
                                                     {Kind::pread, SYS_pread64},
                                                     {Kind::pwrite, SYS_pwrite64},
                                                     {Kind::seek_end, SYS_lseek},
                                                     {Kind::truncate, SYS_ftruncate},
                                                     {Kind::size_of, SYS_fstat},
                                                     {Kind::find, SYS_stat},
                                                     {Kind::unlink, SYS_unlink},
                                                     {Kind::make_directory, SYS_mkdir},
                                                     {Kind::remove_directory, SYS_rmdir},
                                                     {Kind::rename, SYS_rename},
                                                     {Kind::link, SYS_link},
                                                     {Kind::pipe, SYS_pipe},
                                                     {Kind::duplicate, SYS_dup},
                                                     {Kind::poll, SYS_poll},
                                                     {Kind::select, SYS_select},
                                                     {Kind::lock, SYS_flock},
                                                     {Kind::range_lock, SYS_fcntl},
                                                     {Kind::execute, SYS_execve},
                                                     {Kind::mount, SYS_mount},
                                                     {Kind::unmount, SYS_umount2}};
    return numbers.at(kind);
}

void Users::start(unsigned process, Call call) {
    ++calls_made_;
    if (call.kind == Kind::fork) return fork(process, call);
    User &user = users_[process];
    user.buffer = keep(std::string(512, '\0'));
    if (call.kind == Kind::poll) {
        const pollfd wanted[2] = {{call.fd, static_cast<short>(call.flags), 0},
                                  {call.second_fd, static_cast<short>(call.flags), 0}};
        std::memcpy(reinterpret_cast<void *>(user.buffer), wanted, sizeof wanted);
    }
    if (call.kind == Kind::select) {
        fd_set wanted;
        FD_ZERO(&wanted);
        for (const int fd : {call.fd, call.second_fd}) FD_SET(fd, &wanted);
        for (const std::uint64_t place : {0u, 128u})
            std::memcpy(reinterpret_cast<void *>(user.buffer + place), &wanted, sizeof wanted);
    }
    if (call.kind == Kind::range_lock) {
        struct flock wanted {};
        wanted.l_type = static_cast<short>(call.flags);
        wanted.l_start = static_cast<off_t>(call.offset);
        wanted.l_len = static_cast<off_t>(call.bytes);
        std::memcpy(reinterpret_cast<void *>(user.buffer), &wanted, sizeof wanted);
    }
    const auto words = arguments(call, user.buffer);
    Message message{};
    message.source = user.name;
    message.type = static_cast<std::uint16_t>(linux_number(call.kind));
    message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_user);
    message.tag = user.tag = next_tag_++;
    std::copy(words.begin(), words.end(), message.words);
    user.call = history_.calls.size();
    call.invoked = now_;
    history_.calls.push_back(std::move(call));
    traffic().arrive(message);
}

template <Request R>
static void send_from_pm(fake::Traffic &traffic, const R &request, std::uint64_t tag) {
    Message message = encode_request(request, tag);
    message.source = endpoint::pm;
    message.flags = static_cast<std::uint16_t>(tag == 0 ? IpcCall::senda : IpcCall::sendrec);
    traffic.arrive(message);
}

void Users::fork(unsigned process, Call call) {
    unsigned child = 0;
    while (child < user_slots && users_[child].name != endpoint::none) ++child;
    if (child == user_slots) return;
    users_[child].name = Endpoint::make(number_of_slot(child), generation_);
    users_[child].opened = users_[process].opened;
    call.second_fd = static_cast<int>(child);
    call.invoked = now_;
    users_[process].call = history_.calls.size();
    users_[process].tag = 0;
    asked_by_pm_[next_tag_] = history_.calls.size();
    history_.calls.push_back(std::move(call));
    send_from_pm(traffic(), vfs::Fork{users_[process].name, users_[child].name, number_of_slot(child), 0, 0, 0},
                 next_tag_++);
}

/// PM kills a process that is not just forking.
void Users::kill(unsigned process) {
    User &user = users_[process];
    Call call;
    call.kind = Kind::exit;
    call.process = process;
    call.list = process + outside;
    call.invoked = now_;
    user.alive = false;
    asked_by_pm_[next_tag_] = history_.calls.size();
    history_.calls.push_back(call);
    send_from_pm(traffic(), vfs::Exit{user.name}, next_tag_++);
}

void Users::cancel(unsigned process) {
    const User &user = users_[process];
    history_.calls[*user.call].cancelled = true;
    send_from_pm(traffic(), vfs::Cancel{user.name, 0, user.tag}, 0);
}

bool Users::step() {
    ++now_;
    const fake::Traffic::Step moved = traffic().step();
    if (moved.received) {
        received(*moved.received);
        machine_.server->deliver(*moved.received);
        program_begins(*moved.received);
    }
    take_replies();
    return moved.moved;
}

/// The moment at which VFS takes a call up.
void Users::received(const Message &message) {
    if (message.source == endpoint::pm && asked_by_pm_.contains(message.tag)) {
        Call &call = history_.calls[asked_by_pm_[message.tag]];
        call.invoked = now_;
        const User &user = users_[call.process];
        if (call.kind == Kind::exit && user.call) {
            history_.calls[*user.call].killed = true;
            call.fd = history_.calls[*user.call].fd;
        }
    }
    for (User &user : users_) {
        if (user.call && user.name == message.source && user.tag == message.tag)
            history_.calls[*user.call].invoked = now_;
    }
}

void Users::take_replies() {
    auto &sent = machine_.system.sent;
    for (const fake::Sent &item : sent) {
        if (!item.message.is_reply()) continue;
        if (item.peer == endpoint::init) init_result_ = item.message.status();
        const auto asked = item.peer == endpoint::pm ? asked_by_pm_.find(item.message.tag) : asked_by_pm_.end();
        if (asked != asked_by_pm_.end()) {
            Call &call = history_.calls[asked->second];
            call.answered = now_;
            call.result = item.message.status();
            if (call.kind == Kind::fork) {
                users_[call.process].call.reset();
                users_[static_cast<unsigned>(call.second_fd)].alive = call.result == 0;
            }
            asked_by_pm_.erase(asked);
        }
        for (unsigned i = 0; i < users_.size(); ++i) {
            User &user = users_[i];
            if (user.call && user.tag != 0 && item.peer == user.name && item.message.tag == user.tag)
                answer_user(i, item.message.status());
        }
    }
    sent.clear();
}

/// VM holds the file of a program that it builds; PM's consent is remembered, since what the program does next comes
/// behind it.
void Users::watch_programs() {
    machine_.system.answer<vm::ExecBuild>([this](Endpoint, const vm::ExecBuild &request) -> Result<Nothing> {
        const auto bytes = machine_.system.granted(request.image, endpoint::vm);
        if (bytes.size() < sizeof(vm::ExecImage)) return Error::invalid;
        vm::ExecImage image;
        std::memcpy(&image, bytes.data(), sizeof image);
        EXPECT_EQ(image.segment_count, 1u);
        images_.push_back(image.file);
        return Nothing{};
    });
    traffic().on_answer = [this](Endpoint peer, const Message &request, const Message &answer) {
        if (peer != endpoint::pm || request.type != pm::ExecCommit::number || answer.status() != 0) return;
        const auto commit = decode_request<pm::ExecCommit>(request);
        for (unsigned i = 0; i < users_.size(); ++i) {
            if (users_[i].name == commit.process) begun_[answer.tag] = i;
        }
    };
}

/// VFS has heard that the program runs: an exec that succeeds is answered by nobody.
void Users::program_begins(const Message &message) {
    if (!message.is_reply() || message.source != endpoint::pm) return;
    const auto begun = begun_.find(message.tag);
    if (begun == begun_.end()) return;
    User &user = users_[begun->second];
    begun_.erase(begun);
    if (!user.call || history_.calls[*user.call].kind != Kind::execute || history_.calls[*user.call].killed) return;
    history_.calls[*user.call].answered = now_;
    user.call.reset();
}

void Users::release_programs() {
    for (const vm::FileId &file : images_) EXPECT_TRUE(*machine_.server->ask(endpoint::vm, vfs::ReleaseFile{file, 1}));
    images_.clear();
}

void Users::answer_user(unsigned process, std::int64_t value) {
    User &user = users_[process];
    Call &call = history_.calls[*user.call];
    EXPECT_FALSE(call.killed) << "an answer for the dead: " << call.text();
    call.answered = now_;
    call.result = value;
    const auto *buffer = reinterpret_cast<const char *>(user.buffer);
    if (value >= 0 && (call.kind == Kind::read || call.kind == Kind::pread))
        call.got.assign(buffer, static_cast<std::size_t>(value));
    if (value == 0 && (call.kind == Kind::find || call.kind == Kind::size_of)) {
        struct stat found {};
        std::memcpy(&found, buffer, sizeof found);
        if (S_ISDIR(found.st_mode))
            call.got = "directory";
        else if (S_ISFIFO(found.st_mode))
            call.got = "pipe";
        else
            call.got = std::to_string(found.st_size) + " " + std::to_string(found.st_nlink);
    }
    if (value == 0 && call.kind == Kind::pipe) {
        int ends[2];
        std::memcpy(ends, buffer, sizeof ends);
        call.got = std::to_string(ends[0]) + " " + std::to_string(ends[1]);
    }
    if (value >= 0 && call.kind == Kind::select) {
        for (const bool writes : {false, true}) {
            if ((call.flags & (writes ? POLLOUT : POLLIN)) == 0) continue;
            fd_set seen;
            std::memcpy(&seen, buffer + (writes ? 128 : 0), sizeof seen);
            for (int fd = 0; fd <= std::max(call.fd, call.second_fd); ++fd) {
                if (FD_ISSET(fd, &seen)) call.got += (writes ? "w" : "r") + std::to_string(fd);
            }
        }
    }
    if (value >= 0 && call.kind == Kind::poll) {
        pollfd seen[2];
        std::memcpy(seen, buffer, sizeof seen);
        call.got = std::to_string(seen[0].revents) + " " + std::to_string(seen[1].revents);
    }
    if (value >= 0 && (call.kind == Kind::open || call.kind == Kind::duplicate || call.kind == Kind::pipe))
        ++user.opened;
    user.call.reset();
}

void Users::settle() {
    for (unsigned i = 0; step(); ++i) { ASSERT_LT(i, 1'000'000u) << "it never comes to rest"; }
}

void Users::run(const Mix &mix) {
    fake::HeapFaults::fail_one_in(mix.memory_fails_one_in, pick(1 << 30) + 1);
    for (unsigned made = 0; made < mix.calls;) {
        std::vector<unsigned> living;
        for (unsigned i = 0; i < users_.size(); ++i) {
            if (users_[i].alive) living.push_back(i);
        }
        if (living.empty()) break;
        const unsigned process = living[pick(living.size())];
        const User &user = users_[process];
        if (!user.call && one_in(2)) {
            start(process, any_call(process, mix));
            ++made;
        } else if (user.call && user.tag != 0 && one_in(mix.cancel_one_in)) {
            cancel(process);
        } else if ((!user.call || user.tag != 0) && one_in(mix.kill_one_in)) {
            kill(process);
        } else if (!step() && user.call) {
            ++made;  // all may wait for each other
        }
    }
    settle();
    fake::HeapFaults::stop();
    settle();
}

static bool overlap_in_time(const Call &a, const Call &b) { return a.invoked <= b.answered && b.invoked <= a.answered; }

static bool may_use_mount(const Call &call) {
    return call.kind == Kind::mount || call.kind == Kind::unmount || call.killed || call.path.starts_with("/m") ||
           call.second_path.starts_with("/m");
}

void Users::judge() {
    auto &calls = history_.calls;
    for (Call &call : calls) {
        if (call.kind != Kind::mount && call.kind != Kind::unmount) continue;
        for (const Call &other : calls) {
            if (&other != &call && overlap_in_time(call, other) && may_use_mount(other)) call.mount_disturbed = true;
        }
    }
    const bool explained = history_.explained();
    EXPECT_TRUE(explained) << history_.text();
}

std::int64_t Users::by_init(unsigned number, std::array<std::uint64_t, 6> words) {
    Message message{};
    message.source = endpoint::init;
    message.type = static_cast<std::uint16_t>(number);
    message.flags = static_cast<std::uint16_t>(static_cast<unsigned>(IpcCall::sendrec) | message_flag::from_user);
    message.tag = next_tag_++;
    std::copy(words.begin(), words.end(), message.words);
    init_result_.reset();
    traffic().arrive(message);
    settle();
    EXPECT_TRUE(init_result_) << "call " << number << " of the first process was not answered";
    return init_result_.value_or(-9999);
}

/// Everybody leaves, every name goes.
void Users::clean_up() {
    for (unsigned i = 0; i < users_.size(); ++i) {
        if (users_[i].alive) kill(i);
    }
    settle();
    for (const User &user : users_) EXPECT_TRUE(!user.alive);
    release_programs();
    EXPECT_TRUE(asked_by_pm_.empty()) << "PM waits for an answer";
    const auto unmounted = by_init(SYS_umount2, {path("/m")});
    EXPECT_TRUE(unmounted == 0 || unmounted == -EINVAL) << unmounted;
    for (const char *directory : {"/m/", "/d/", "/"}) {
        for (const char *name : {"a", "b"}) by_init(SYS_unlink, {path(directory + std::string(name))});
    }
    by_init(SYS_rmdir, {path("/d")});
}

Users::Counts Users::counts() {
    Counts now{};
    const auto told = *machine_.server->ask(endpoint::pm, vfs::Counters{});
    now.open_files = told->open_files;
    now.vnodes = told->vnodes;
    now.pipes = told->pipes;
    now.running = told->requests;
    now.processes = told->processes;
    now.frames = sef::context().live_frames;
    now.requests = sef::pending_requests().count();
    for (const auto &tree : {&machine_.root, &machine_.tmp}) {
        now.nodes += tree->tree.node_count();
        now.held += tree->tree.held_nodes();
    }
    now.blocks = arena_heap().used_blocks() + scratch_heap().used_blocks();
    return now;
}

std::string Users::Counts::text() const {
    std::ostringstream out;
    out << "open files " << open_files << " vnodes " << vnodes << " pipes " << pipes << " running " << running
        << " processes " << processes << " frames " << frames << " requests " << requests << " grants " << grants
        << " nodes " << nodes << " held " << held << " blocks " << blocks;
    return out.str();
}

void Users::round(const Mix &mix) {
    history_ = {};
    memory_.clear();
    begun_.clear();
    ++generation_;
    for (User &user : users_) user = {};
    traffic().doubled_one_in = mix.doubled_one_in;
    traffic().foreign_one_in = mix.foreign_one_in;
    for (unsigned i = 0; i < mix.users; ++i) {
        users_[i].name = Endpoint::make(number_of_slot(i), generation_);
        users_[i].alive = true;
        machine_.server->ask(endpoint::pm, vfs::Fork{endpoint::init, users_[i].name, number_of_slot(i), 0, 0, 0});
    }
    run(mix);
    judge();
    clean_up();
    const Counts after = counts();
    if (!clean_) clean_ = after;
    EXPECT_TRUE(after == *clean_) << "left behind: " << after.text() << "\nclean was:   " << clean_->text() << "\n"
                                  << (testing::Test::HasFailure() ? "" : history_.text());
}

}  // namespace axo::overlap
