// What Linux calls on files mean, as a small sequential machine: the oracle of the overlap test. A call is one step or
// a few, each of which happens at one moment (a directory is found, then a name in it is changed); between the steps of
// one call those of others may come.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace axo::overlap {

enum class Kind {
    open,
    close,
    read,
    write,
    pread,
    pwrite,
    seek_end,
    truncate,
    size_of,  // fstat
    find,     // stat: size and links
    unlink,
    make_directory,
    remove_directory,
    rename,
    link,
    pipe,
    duplicate,
    fork,
    poll,
    select,
    lock,
    range_lock,  // fcntl
    execute,
    mount,
    unmount,
    exit,
};
const char *name_of(Kind kind);

inline constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

struct Call {
    Kind kind{};
    unsigned process = 0;
    unsigned list = 0;            // calls of one list follow each other; an exit comes from outside of its process
    int fd = -1, second_fd = -1;  // poll: the other; fork: the child's number
                                  // exit: fd is that of the call it cuts off
    std::string path, second_path;
    int flags = 0;     // open: O_*; lock: LOCK_*; range_lock: F_*LCK; poll, select: events
    std::string data;  // of a write
    std::uint64_t bytes = 0, offset = 0;
    bool endless = false;  // poll, select; range_lock: F_SETLKW

    // What was observed, and when.
    std::uint64_t invoked = 0, answered = never;
    std::int64_t result = 0;
    std::string got;
    bool cancelled = false;  // a signal came meanwhile
    bool killed = false;     // its process did not live to see the answer
    bool short_of_memory = false;
    bool mount_disturbed = false;  // others used, made or removed the mount meanwhile: it may have been busy

    std::string text() const;
};

struct Node {
    bool directory = false;
    bool below_mount = false;  // lies in the file system that comes and goes
    std::string content;
    std::map<std::string, int> names;
    int links = 0;
};

struct Open {
    int node = 0, pipe = 0;
    bool reads = false, writes = false, appends = false;
    std::uint64_t offset = 0;
};

struct Pipe {
    std::string content;
};

/// Who has which byte of a file locked: a letter a byte, ' ', 'r' or 'w'. The ranges of the test are short.
constexpr std::size_t lockable_bytes = 8;
using Ranges = std::map<unsigned, std::string>;  // process -> its bytes

/// All that calls can see.
struct World {
    World();

    std::map<int, Node> nodes;
    std::map<int, Open> opens;
    std::map<int, Pipe> pipes;
    std::vector<std::map<int, int>> processes;     // descriptor -> open
    std::vector<std::set<int>> close_exec;         // descriptors
    std::map<int, std::map<int, bool>> locks;      // node -> open -> exclusive
    std::map<int, Ranges> ranges;                  // by node
    int mounted = 0;                               // the root of what is mounted, 0: nothing
    std::map<unsigned, std::pair<int, int>> held;  // by a killed process' last call: descriptor, open
    std::set<unsigned> ended;                      // processes whose last call is over

    static constexpr int root = 1, mount_point = 2, program = 3;

    /// For recognising a state that was seen before.
    std::string key() const;
    unsigned references(int open) const;
    void drop(int open);
    void close(unsigned process, int fd);
    bool mount_in_use() const;
    /// The last call of a killed process is over.
    void let_go(unsigned process);
};

/// How far a call is.
struct Progress {
    int phase = 0, first = 0, second = 0;
    bool made = false;
};

struct Advance {
    enum What { blocked, going_on, done } what = done;
    std::int64_t result = 0;
    std::string got{};
};

/// The processes whose locks keep this range_lock from being had; empty if it can be.
std::set<unsigned> holders(World &world, const Call &call);

/// The next step of the call. `serial` is a number no other call has: new records are named by it.
Advance advance(World &world, const Call &call, Progress &progress, int serial);

}  // namespace axo::overlap
