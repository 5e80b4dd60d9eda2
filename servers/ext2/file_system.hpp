// Every request of VFS, as synchronous attempts on a mounted volume. run() makes one attempt: it
// gathers what it needs from the cache, then changes everything in one go, or, when a block is
// missing (`absent`, and volume.wants() says which), changes nothing. Long requests go in steps:
// `step_done` asks to be run again; what was done so far stays and is noted in the Progress.
#pragma once

#include "axo/fs_protocol.hpp"
#include "lib/fs/client_memory.hpp"
#include "lib/fs/permission.hpp"
#include "servers/ext2/directory.hpp"

namespace axo::ext2 {

/// Internal: run the same request again with the same Progress.
inline constexpr Error step_done = Error::restart_call;

/// What one request remembers between its attempts.
struct Progress {
    std::uint64_t done = 0;    // bytes moved, inodes looked at
    std::uint64_t start = 0;   // Write: where the data begins, once some of it is written
    unsigned depth = 0;        // Lookup: the component that `search` is for
    std::uint32_t doomed = 0;  // inode without names or holds that is being deleted
    std::uint64_t links_left = 0;
    bool started = false;
    bool narrow = false;        // Write: block by block, because little space is left
    bool single_reads = false;  // reading several blocks at once failed
    directory::Search search, second_search, empty_search;
};

class FileSystem {
public:
    FileSystem(Volume &volume, Heap &heap) : volume_(volume), staging_(heap) {}

    /// Room for names, paths and directory records. Errors: no_memory.
    Status prepare() { return staging_.resize(staging_bytes); }

    template <Request R>
    Result<typename R::Reply> run(const fs::ClientMemory &memory, const R &request, Progress &progress) {
        volume_.begin_attempt();
        if (R::number != fs::Read::number && volume_.cache().crowded()) {
            volume_.cache().want_room();
            return Error::absent;
        }
        if (R::number == fs::Write::number && volume_.content().crowded()) {
            volume_.content().want_room();
            return Error::absent;
        }
        return finish(attempt(memory, request, progress));
    }

    /// What to answer when a request can not be carried on, for want of a block: what was done counts. A name that is
    /// gone is gone, even if its inode stays behind without one; the next mount frees it.
    template <Request R>
    Result<typename R::Reply> give_up(const R &, const Progress &, Error error) {
        return error;
    }
    Result<fs::Read::Reply> give_up(const fs::Read &request, const Progress &progress, Error error);
    Result<fs::Write::Reply> give_up(const fs::Write &request, const Progress &progress, Error error);
    Result<fs::Unlink::Reply> give_up(const fs::Unlink &request, const Progress &progress, Error error);
    Result<fs::Rename::Reply> give_up(const fs::Rename &request, const Progress &progress, Error error);
    Result<Nothing> give_up(const fs::Release &request, const Progress &progress, Error error);

    /// The root directory, held once. Errors: absent, invalid (damaged).
    Result<fs::NodeInfo> open_root();
    /// After an unclean end: frees inodes without names, one step.
    Status free_orphans(Progress &progress);

private:
    static constexpr std::size_t staging_bytes = 8192;
    static constexpr unsigned free_budget = 128;  // blocks per step of a truncation

    /// The attempt waits for a block, or goes on in the next step.
    static bool unfinished(Error error) { return error == Error::absent || error == step_done; }
    /// Keeps the changes of the attempt, or undoes them.
    template <typename T>
    Result<T> finish(Result<T> result) {
        if (result || result.error() == step_done)
            commit();
        else
            volume_.transaction().rollback();
        return result;
    }
    void commit();
    Transaction &transaction() { return volume_.transaction(); }

    using Memory = fs::ClientMemory;
    Result<fs::NodeInfo> attempt(const Memory &memory, const fs::Lookup &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::SetMountPoint &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::Release &request, Progress &progress);
    Result<fs::Read::Reply> attempt(const Memory &memory, const fs::Read &request, Progress &progress);
    Result<fs::Write::Reply> attempt(const Memory &memory, const fs::Write &request, Progress &progress);
    Result<fs::ReadDirectory::Reply> attempt(const Memory &memory, const fs::ReadDirectory &request,
                                             Progress &progress);
    Result<fs::NodeInfo> attempt(const Memory &memory, const fs::Create &request, Progress &progress);
    Result<fs::NodeInfo> attempt(const Memory &memory, const fs::MakeDirectory &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::MakeSymbolicLink &request, Progress &progress);
    Result<fs::ReadLink::Reply> attempt(const Memory &memory, const fs::ReadLink &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::Link &request, Progress &progress);
    Result<fs::Unlink::Reply> attempt(const Memory &memory, const fs::Unlink &request, Progress &progress);
    Result<fs::Rename::Reply> attempt(const Memory &memory, const fs::Rename &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::Truncate &request, Progress &progress);
    Result<fs::NodeInfo> attempt(const Memory &memory, const fs::Stat &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::ChangeMode &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::ChangeOwner &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::SetTimes &request, Progress &progress);
    Result<Nothing> attempt(const Memory &memory, const fs::FileSystemStat &request, Progress &progress);

    // Names and directories.
    Result<std::string_view> name_from(const Memory &memory, GrantId grant, std::size_t bytes,
                                       std::size_t staging_offset = 0);
    Result<Inode *> live_directory(std::uint64_t number);
    Result<Inode *> walk(const fs::Caller &caller, std::string_view path, Inode &start, Progress &progress,
                         std::size_t &consumed);
    struct NewNode {
        std::uint32_t mode, uid, gid;
    };
    Result<Inode *> make_node(Inode &directory, std::string_view name, const NewNode &node, Progress &progress);
    Status link_name(Inode &directory, std::string_view name, Inode &target, const directory::Search &search);
    fs::NodeInfo node_info(const Inode &inode, std::size_t consumed = 0) const;
    Status touch(Inode &inode, unsigned times);

    // Removing.
    Status check_removable(Inode &directory, Inode &victim, const fs::Unlink &request, Progress &progress);
    Status drop_link(Inode &inode, std::uint32_t links, Progress &progress);
    Status delete_step(std::uint32_t number);
    Status delete_doomed(std::uint32_t number);
    Status free_attributes(Inode &inode);
    Status truncate_step(Inode &inode, std::uint64_t size);
    Status zero_tail(Inode &inode, std::uint64_t size);
    Status grow_to(Inode &inode, std::uint64_t size);

    // Rename.
    struct Renaming {
        Inode *old_directory, *new_directory, *source, *target;  // target: null when there is none
    };
    Status check_rename(const Renaming &renaming, const fs::Rename &request, Progress &progress);
    Status check_not_inside(const Inode &source, Inode &directory);
    Status replace_target(const Renaming &renaming, Progress &progress);

    // Data.
    Status read_some(const Memory &memory, const fs::Read &request, Inode &inode, std::uint64_t bytes,
                     Progress &progress);
    std::uint32_t run_length(Inode &inode, std::uint64_t logical, std::uint32_t block, std::uint64_t last);
    void touch_access_time(Inode &inode, std::uint32_t rule);
    Result<std::size_t> write_chunk(const Memory &memory, const fs::Write &request, Inode &inode, Progress &progress);
    void want_content(Inode &inode, std::uint64_t logical, std::uint32_t block, std::uint64_t last,
                      const Progress &progress);
    void clear_behind_end(Inode &inode);
    Result<std::byte *> writable_block(Inode &inode, std::uint64_t logical, bool whole);

    Volume &volume_;
    Vector<std::byte> staging_;
};

}  // namespace axo::ext2
