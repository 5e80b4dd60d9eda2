// See overlap_model.hpp.
#include "test/host/vfs/overlap_model.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <sstream>

namespace axo::overlap {

namespace {

constexpr std::size_t pipe_capacity = 65536;

Advance failed(int error) { return {Advance::done, -error}; }
Advance result(std::int64_t value) { return {Advance::done, value}; }
constexpr Advance blocked{Advance::blocked};

Advance next(Progress &progress) {
    ++progress.phase;
    return {Advance::going_on};
}

/// "/x" lies in the root, "/d/x" and "/m/x" one below.
std::string directory_of(const std::string &path) {
    const auto slash = path.rfind('/');
    return slash == 0 ? "" : path.substr(1, slash - 1);
}
std::string last_of(const std::string &path) { return path.substr(path.rfind('/') + 1); }

/// "/r" is a bind of the root: the same files, in another mount.
bool is_bound(const std::string &path) { return path.starts_with("/r/"); }
bool is_seen_in_another_mount(const Call &call) { return is_bound(call.path) != is_bound(call.second_path); }

/// The number of the directory a path's last name is in, or the error.
int find_directory(const World &world, const std::string &path) {
    const std::string name = directory_of(is_bound(path) ? path.substr(2) : path);
    if (name.empty()) return World::root;
    const auto &names = world.nodes.at(World::root).names;
    const auto at = names.find(name);
    if (at == names.end()) return -ENOENT;
    if (at->second == World::mount_point && world.mounted != 0 && !is_bound(path)) return world.mounted;
    return world.nodes.at(at->second).directory ? at->second : -ENOTDIR;
}

int find_name(const World &world, int directory, const std::string &name) {
    const auto &names = world.nodes.at(directory).names;
    const auto at = names.find(name);
    if (at == names.end()) return -ENOENT;
    if (at->second == World::mount_point && world.mounted != 0) return world.mounted;
    return at->second;
}

int make_node(World &world, int directory, const std::string &name, bool is_directory, int serial) {
    const int number = serial * 4 + 10;
    Node &node = world.nodes[number];
    node.directory = is_directory;
    node.links = is_directory ? 2 : 1;
    node.below_mount = world.nodes.at(directory).below_mount;
    world.nodes.at(directory).names[name] = number;
    return number;
}

bool is_gone(const World &world, int directory) { return world.nodes.at(directory).links == 0; }

int install(World &world, unsigned process, int open) {
    int fd = 0;
    while (world.processes[process].contains(fd)) ++fd;
    world.processes[process][fd] = open;
    world.close_exec[process].erase(fd);
    return fd;
}

Open *file_of(World &world, const Call &call, int fd) {
    const auto held = world.held.find(call.process);
    if (held != world.held.end()) return held->second.first == fd ? &world.opens.at(held->second.second) : nullptr;
    const auto at = world.processes[call.process].find(fd);
    return at == world.processes[call.process].end() ? nullptr : &world.opens.at(at->second);
}

Advance open_step(World &world, const Call &call, Progress &progress, int serial) {
    if (progress.phase == 0) {
        progress.first = find_directory(world, call.path);
        return progress.first < 0 ? failed(-progress.first) : next(progress);
    }
    if (progress.phase == 1) {
        progress.second = find_name(world, progress.first, last_of(call.path));
        if (progress.second < 0) {
            if ((call.flags & O_CREAT) == 0 || is_gone(world, progress.first)) return failed(ENOENT);
            progress.second = make_node(world, progress.first, last_of(call.path), false, serial);
            progress.made = true;
        } else if ((call.flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
            return failed(EEXIST);
        } else if (world.nodes.at(progress.second).directory && (call.flags & (O_CREAT | O_ACCMODE)) != 0) {
            return failed(EISDIR);
        }
        return next(progress);
    }
    if (progress.phase == 2 && (call.flags & O_TRUNC) != 0 && !progress.made) {
        world.nodes.at(progress.second).content.clear();
        return next(progress);
    }
    const int access = call.flags & O_ACCMODE;
    world.opens[serial * 4 + 10] = {
        progress.second, 0, access != O_WRONLY, access != O_RDONLY, (call.flags & O_APPEND) != 0, 0};
    const int fd = install(world, call.process, serial * 4 + 10);
    if ((call.flags & O_CLOEXEC) != 0) world.close_exec[call.process].insert(fd);
    return result(fd);
}

bool pipe_has(const World &world, int pipe, bool writers) {
    for (const auto &[number, open] : world.opens) {
        if (open.pipe == pipe && (writers ? open.writes : open.reads)) return true;
    }
    return false;
}

Advance read_step(World &world, const Call &call) {
    Open *file = file_of(world, call, call.fd);
    if (file == nullptr || !file->reads) return failed(EBADF);
    if (file->pipe != 0) {
        if (call.kind == Kind::pread) return failed(ESPIPE);
        std::string &content = world.pipes.at(file->pipe).content;
        if (call.bytes == 0) return result(0);
        if (content.empty()) return pipe_has(world, file->pipe, true) ? blocked : result(0);
        const std::string got = content.substr(0, call.bytes);
        content.erase(0, got.size());
        return {Advance::done, static_cast<std::int64_t>(got.size()), got};
    }
    const Node &node = world.nodes.at(file->node);
    if (node.directory) return failed(EISDIR);
    const std::uint64_t at = call.kind == Kind::pread ? call.offset : file->offset;
    const std::string got = at < node.content.size() ? node.content.substr(at, call.bytes) : "";
    if (call.kind == Kind::read) file->offset = at + got.size();
    return {Advance::done, static_cast<std::int64_t>(got.size()), got};
}

Advance write_step(World &world, const Call &call, Progress &progress) {
    Open *file = file_of(world, call, call.fd);
    if (file == nullptr || !file->writes) return failed(EBADF);
    if (file->pipe != 0) {
        if (call.kind == Kind::pwrite) return failed(ESPIPE);
        if (!pipe_has(world, file->pipe, false)) return progress.first != 0 ? result(progress.first) : failed(EPIPE);
        std::string &content = world.pipes.at(file->pipe).content;
        const std::size_t left = call.data.size() - static_cast<std::size_t>(progress.first);
        const std::size_t room = pipe_capacity - content.size();
        if (call.data.size() <= 4096 ? room < left : room == 0) return blocked;
        const std::size_t now = std::min(left, room);
        content += call.data.substr(static_cast<std::size_t>(progress.first), now);
        progress.first += static_cast<int>(now);
        if (now == left) return result(static_cast<std::int64_t>(call.data.size()));
        return {Advance::going_on};
    }
    Node &node = world.nodes.at(file->node);
    std::uint64_t at = call.kind == Kind::pwrite ? call.offset : file->offset;
    if (file->appends) at = node.content.size();
    if (node.content.size() < at + call.data.size()) node.content.resize(at + call.data.size());
    node.content.replace(at, call.data.size(), call.data);
    if (call.kind == Kind::write) file->offset = at + call.data.size();
    return result(static_cast<std::int64_t>(call.data.size()));
}

Advance seek_step(World &world, const Call &call) {
    Open *file = file_of(world, call, call.fd);
    if (file == nullptr) return failed(EBADF);
    if (file->pipe != 0) return failed(ESPIPE);
    file->offset = world.nodes.at(file->node).content.size();
    return result(static_cast<std::int64_t>(file->offset));
}

Advance truncate_step(World &world, const Call &call) {
    const Open *file = file_of(world, call, call.fd);
    if (file == nullptr) return failed(EBADF);
    if (file->pipe != 0 || !file->writes) return failed(EINVAL);
    world.nodes.at(file->node).content.resize(call.bytes);
    return result(0);
}

Advance attributes(const Node &node) {
    if (node.directory) return {Advance::done, 0, "directory"};
    return {Advance::done, 0, std::to_string(node.content.size()) + " " + std::to_string(node.links)};
}

Advance stat_step(World &world, const Call &call, Progress &progress) {
    if (call.kind == Kind::size_of) {
        const Open *file = file_of(world, call, call.fd);
        if (file == nullptr) return failed(EBADF);
        return file->pipe != 0 ? Advance{Advance::done, 0, "pipe"} : attributes(world.nodes.at(file->node));
    }
    if (progress.phase == 0) {
        progress.first = find_directory(world, call.path);
        return progress.first < 0 ? failed(-progress.first) : next(progress);
    }
    if (progress.phase == 1) {
        progress.second = find_name(world, progress.first, last_of(call.path));
        return progress.second < 0 ? failed(-progress.second) : next(progress);
    }
    return attributes(world.nodes.at(progress.second));
}

Advance remove_step(World &world, const Call &call, Progress &progress) {
    if (progress.phase == 0) {
        progress.first = find_directory(world, call.path);
        return progress.first < 0 ? failed(-progress.first) : next(progress);
    }
    const int found = find_name(world, progress.first, last_of(call.path));
    if (found < 0) return failed(ENOENT);
    Node &node = world.nodes.at(found);
    if (call.kind == Kind::unlink) {
        if (node.directory) return failed(EISDIR);
        --node.links;
    } else {
        if (!node.directory) return failed(ENOTDIR);
        if (found == World::mount_point || found == world.mounted) return failed(EBUSY);
        if (!node.names.empty()) return failed(ENOTEMPTY);
        node.links = 0;
    }
    world.nodes.at(progress.first).names.erase(last_of(call.path));
    return result(0);
}

Advance mkdir_step(World &world, const Call &call, Progress &progress, int serial) {
    if (progress.phase == 0) {
        progress.first = find_directory(world, call.path);
        return progress.first < 0 ? failed(-progress.first) : next(progress);
    }
    if (find_name(world, progress.first, last_of(call.path)) >= 0) return failed(EEXIST);
    if (is_gone(world, progress.first)) return failed(ENOENT);
    make_node(world, progress.first, last_of(call.path), true, serial);
    return result(0);
}

Advance rename_step(World &world, const Call &call, Progress &progress) {
    if (progress.phase == 0) {
        progress.first = find_directory(world, call.path);
        return progress.first < 0 ? failed(-progress.first) : next(progress);
    }
    if (progress.phase == 1) {
        progress.second = find_directory(world, call.second_path);
        return progress.second < 0 ? failed(-progress.second) : next(progress);
    }
    Node &from = world.nodes.at(progress.first), &to = world.nodes.at(progress.second);
    if (from.below_mount != to.below_mount || is_seen_in_another_mount(call)) return failed(EXDEV);
    const int moved = find_name(world, progress.first, last_of(call.path));
    if (moved < 0 || is_gone(world, progress.second)) return failed(ENOENT);
    const int replaced = find_name(world, progress.second, last_of(call.second_path));
    if (replaced == moved) return result(0);
    if (replaced >= 0) --world.nodes.at(replaced).links;
    from.names.erase(last_of(call.path));
    to.names[last_of(call.second_path)] = moved;
    return result(0);
}

Advance link_step(World &world, const Call &call, Progress &progress) {
    if (progress.phase == 0) {
        progress.first = find_directory(world, call.path);
        return progress.first < 0 ? failed(-progress.first) : next(progress);
    }
    if (progress.phase == 1) {
        progress.first = find_name(world, progress.first, last_of(call.path));
        return progress.first < 0 ? failed(-progress.first) : next(progress);
    }
    if (progress.phase == 2) {
        progress.second = find_directory(world, call.second_path);
        return progress.second < 0 ? failed(-progress.second) : next(progress);
    }
    Node &node = world.nodes.at(progress.first), &to = world.nodes.at(progress.second);
    if (node.below_mount != to.below_mount || is_seen_in_another_mount(call)) return failed(EXDEV);
    if (node.directory) return failed(EPERM);
    if (to.names.contains(last_of(call.second_path))) return failed(EEXIST);
    if (node.links == 0 || is_gone(world, progress.second)) return failed(ENOENT);
    to.names[last_of(call.second_path)] = progress.first;
    ++node.links;
    return result(0);
}

Advance pipe_step(World &world, const Call &call, int serial) {
    const int number = serial * 4 + 10;
    world.pipes[number] = {};
    world.opens[number] = {0, number, true, false, false, 0};
    world.opens[number + 1] = {0, number, false, true, false, 0};
    const int reads = install(world, call.process, number);
    const int writes = install(world, call.process, number + 1);
    return {Advance::done, 0, std::to_string(reads) + " " + std::to_string(writes)};
}

short events_of(World &world, const Call &call, int fd) {
    const Open *file = file_of(world, call, fd);
    if (file == nullptr) return POLLNVAL;
    if (file->pipe == 0) return static_cast<short>(call.flags & (POLLIN | POLLOUT));
    short events = 0;
    const std::string &content = world.pipes.at(file->pipe).content;
    if (file->reads) {
        if (!content.empty()) events |= POLLIN;
        if (!pipe_has(world, file->pipe, true)) events |= POLLHUP;
    } else {
        if (content.size() <= pipe_capacity - 4096) events |= POLLOUT;
        if (!pipe_has(world, file->pipe, false)) events |= POLLERR;
    }
    return static_cast<short>(events & (call.flags | POLLHUP | POLLERR));
}

Advance poll_step(World &world, const Call &call) {
    const short first = events_of(world, call, call.fd), second = events_of(world, call, call.second_fd);
    const int ready = (first != 0 ? 1 : 0) + (second != 0 ? 1 : 0);
    if (ready == 0 && call.endless) return blocked;
    return {Advance::done, ready, std::to_string(first) + " " + std::to_string(second)};
}

/// The bits of select: what poll tells, in two sets. A closed descriptor is an error of the call.
Advance select_step(World &world, const Call &call) {
    std::set<int> readable, writable;
    for (const int fd : {call.fd, call.second_fd}) {
        Call asked = call;
        asked.flags = POLLIN | POLLOUT;
        const short events = events_of(world, asked, fd);
        if (events == POLLNVAL) return failed(EBADF);
        if ((call.flags & POLLIN) != 0 && (events & (POLLIN | POLLHUP | POLLERR)) != 0) readable.insert(fd);
        if ((call.flags & POLLOUT) != 0 && (events & (POLLOUT | POLLERR)) != 0) writable.insert(fd);
    }
    const std::size_t ready = readable.size() + writable.size();
    if (ready == 0 && call.endless) return blocked;
    std::string bits;
    for (const int fd : readable) bits += "r" + std::to_string(fd);
    for (const int fd : writable) bits += "w" + std::to_string(fd);
    return {Advance::done, static_cast<std::int64_t>(ready), bits};
}

int open_of(const World &world, const Call &call) {
    const auto held = world.held.find(call.process);
    return held != world.held.end() ? held->second.second : world.processes[call.process].at(call.fd);
}

Advance lock_step(World &world, const Call &call) {
    Open *file = file_of(world, call, call.fd);
    if (file == nullptr) return failed(EBADF);
    const int open = open_of(world, call);
    const int node = file->pipe != 0 ? -file->pipe : file->node;
    auto &locks = world.locks[node];
    if ((call.flags & LOCK_UN) != 0) {
        locks.erase(open);
        return result(0);
    }
    const bool exclusive = (call.flags & LOCK_EX) != 0;
    for (const auto &[owner, theirs] : locks) {
        if (owner != open && (exclusive || theirs)) return (call.flags & LOCK_NB) != 0 ? failed(EAGAIN) : blocked;
    }
    locks[open] = exclusive;
    return result(0);
}

int locked_node(const Open &file) { return file.pipe != 0 ? -file.pipe : file.node; }

Advance range_lock_step(World &world, const Call &call) {
    const Open *file = file_of(world, call, call.fd);
    if (file == nullptr) return failed(EBADF);
    if (call.flags == F_RDLCK && !file->reads) return failed(EBADF);
    if (call.flags == F_WRLCK && !file->writes) return failed(EBADF);
    if (call.flags != F_UNLCK && !holders(world, call).empty()) return call.endless ? blocked : failed(EAGAIN);
    std::string &bytes = world.ranges[locked_node(*file)][call.process];
    bytes.resize(lockable_bytes, ' ');
    const char letter = call.flags == F_UNLCK ? ' ' : call.flags == F_RDLCK ? 'r' : 'w';
    bytes.replace(call.offset, call.bytes, call.bytes, letter);
    return result(0);
}

/// There is one program in the root, which nobody removes; nothing else can be run.
Advance execute_step(World &world, const Call &call, Progress &progress) {
    if (progress.phase == 0) {
        progress.first = find_directory(world, call.path);
        return progress.first < 0 ? failed(-progress.first) : next(progress);
    }
    if (progress.phase == 1) {
        progress.second = find_name(world, progress.first, last_of(call.path));
        if (progress.second < 0) return failed(ENOENT);
        return progress.second == World::program ? next(progress) : failed(EACCES);
    }
    const auto marked = world.close_exec[call.process];
    for (const int fd : marked) world.close(call.process, fd);
    return result(0);
}

Advance mount_step(World &world, const Call &call, Progress &progress, int serial) {
    if (call.mount_disturbed && call.result == -EBUSY) return failed(EBUSY);
    if (call.kind == Kind::mount) {
        if (world.mounted != 0) return failed(EBUSY);
        world.mounted = serial * 4 + 10;
        Node &root = world.nodes[world.mounted];
        root.directory = root.below_mount = true;
        root.links = 2;
        return result(0);
    }
    static_cast<void>(progress);
    if (world.mounted == 0) return failed(EINVAL);
    if (world.mount_in_use()) return failed(EBUSY);
    world.mounted = 0;
    return result(0);
}

Advance exit_step(World &world, const Call &call) {
    const auto descriptors = world.processes[call.process];
    for (auto &[node, owners] : world.ranges) owners.erase(call.process);
    world.processes[call.process].clear();
    world.close_exec[call.process].clear();
    const auto kept = descriptors.find(call.fd);
    if (kept != descriptors.end() && !world.ended.contains(call.process)) world.held[call.process] = *kept;
    for (const auto &[fd, open] : descriptors) world.drop(open);
    return result(0);
}

Advance close_step(World &world, const Call &call) {
    if (!world.processes[call.process].contains(call.fd)) return failed(EBADF);
    world.close(call.process, call.fd);
    return result(0);
}

}  // namespace

World::World() : processes(16), close_exec(16) {
    nodes[root] = {true, false, "", {{"m", mount_point}, {"x", program}}, 2};
    nodes[program] = {false, false, "", {}, 1};
    nodes[mount_point] = {true, false, "", {}, 2};
}

unsigned World::references(int open) const {
    unsigned count = 0;
    for (const auto &descriptors : processes) {
        for (const auto &[fd, number] : descriptors) count += number == open;
    }
    for (const auto &[process, kept] : held) count += kept.second == open;
    return count;
}

void World::drop(int open) {
    if (references(open) != 0) return;
    for (auto &[node, owners] : locks) owners.erase(open);
    opens.erase(open);
}

/// With any descriptor of a file go all range locks that the process has on it.
void World::close(unsigned process, int fd) {
    const int open = processes[process].at(fd);
    processes[process].erase(fd);
    close_exec[process].erase(fd);
    const auto locked = ranges.find(locked_node(opens.at(open)));
    if (locked != ranges.end()) locked->second.erase(process);
    drop(open);
}

void World::let_go(unsigned process) {
    ended.insert(process);
    const auto at = held.find(process);
    if (at == held.end()) return;
    const int open = at->second.second;
    held.erase(at);
    drop(open);
}

bool World::mount_in_use() const {
    for (const auto &[number, open] : opens) {
        if (open.node != 0 && nodes.at(open.node).below_mount) return true;
    }
    return false;
}

std::string World::key() const {
    std::ostringstream text;
    for (const auto &[number, node] : nodes) {
        text << number << ':' << node.links << ':' << node.content.size() << ':' << node.content << '{';
        for (const auto &[name, child] : node.names) text << name << '=' << child << ',';
        text << '}';
    }
    for (const auto &[number, open] : opens) text << 'o' << number << '@' << open.offset;
    for (const auto &[number, pipe] : pipes) text << 'p' << number << '|' << pipe.content.size() << '|' << pipe.content;
    for (const auto &descriptors : processes) {
        text << '/';
        for (const auto &[fd, open] : descriptors) text << fd << '=' << open << ',';
    }
    for (const auto &[node, owners] : locks) {
        for (const auto &[open, exclusive] : owners) text << 'l' << node << ',' << open << ',' << exclusive;
    }
    for (std::size_t i = 0; i < close_exec.size(); ++i) {
        for (const int fd : close_exec[i]) text << 'c' << i << ',' << fd;
    }
    for (const auto &[node, owners] : ranges) {
        for (const auto &[process, bytes] : owners) text << 'r' << node << ',' << process << ',' << bytes;
    }
    text << 'm' << mounted;
    for (const auto &[process, kept] : held) text << 'h' << process << '=' << kept.second;
    for (const unsigned process : ended) text << 'e' << process;
    return text.str();
}

std::set<unsigned> holders(World &world, const Call &call) {
    std::set<unsigned> found;
    const Open *file = file_of(world, call, call.fd);
    if (file == nullptr) return found;
    for (const auto &[process, bytes] : world.ranges[locked_node(*file)]) {
        if (process == call.process) continue;
        for (std::uint64_t at = call.offset; at < call.offset + call.bytes; ++at) {
            if (bytes[at] == 'w' || (bytes[at] == 'r' && call.flags == F_WRLCK)) found.insert(process);
        }
    }
    return found;
}

Advance advance(World &world, const Call &call, Progress &progress, int serial) {
    switch (call.kind) {
        case Kind::open: return open_step(world, call, progress, serial);
        case Kind::close: return close_step(world, call);
        case Kind::read:
        case Kind::pread: return read_step(world, call);
        case Kind::write:
        case Kind::pwrite: return write_step(world, call, progress);
        case Kind::seek_end: return seek_step(world, call);
        case Kind::truncate: return truncate_step(world, call);
        case Kind::size_of:
        case Kind::find: return stat_step(world, call, progress);
        case Kind::unlink:
        case Kind::remove_directory: return remove_step(world, call, progress);
        case Kind::make_directory: return mkdir_step(world, call, progress, serial);
        case Kind::rename: return rename_step(world, call, progress);
        case Kind::link: return link_step(world, call, progress);
        case Kind::pipe: return pipe_step(world, call, serial);
        case Kind::duplicate: {
            if (file_of(world, call, call.fd) == nullptr) return failed(EBADF);
            return result(install(world, call.process, open_of(world, call)));
        }
        case Kind::fork:
            world.processes[static_cast<unsigned>(call.second_fd)] = world.processes[call.process];
            world.close_exec[static_cast<unsigned>(call.second_fd)] = world.close_exec[call.process];
            return result(0);
        case Kind::poll: return poll_step(world, call);
        case Kind::select: return select_step(world, call);
        case Kind::lock: return lock_step(world, call);
        case Kind::range_lock: return range_lock_step(world, call);
        case Kind::execute: return execute_step(world, call, progress);
        case Kind::mount:
        case Kind::unmount: return mount_step(world, call, progress, serial);
        case Kind::exit: return exit_step(world, call);
    }
    return failed(ENOSYS);
}

const char *name_of(Kind kind) {
    static constexpr const char *names[] = {"open",  "close", "read",  "write",  "pread", "pwrite", "seek_end",
                                            "trunc", "fstat", "stat",  "unlink", "mkdir", "rmdir",  "rename",
                                            "link",  "pipe",  "dup",   "fork",   "poll",  "select", "flock",
                                            "fcntl", "exec",  "mount", "umount", "exit"};
    return names[static_cast<std::size_t>(kind)];
}

std::string Call::text() const {
    std::ostringstream out;
    out << "[" << invoked << ".." << (answered == never ? "never" : std::to_string(answered)) << "] P" << process << " "
        << name_of(kind) << " fd " << fd << "," << second_fd << " '" << path << "' '" << second_path << "' flags "
        << std::oct << flags << std::dec << " data '" << data.substr(0, 12) << "'(" << data.size() << ") bytes "
        << bytes << " at " << offset << " -> " << result << " '" << got.substr(0, 40) << "'"
        << (cancelled ? " cancelled" : "") << (killed ? " killed" : "");
    return out.str();
}

}  // namespace axo::overlap
