// The procfs server. What can be answered from the names alone is answered at once, the rest by coroutines; whatever
// would change something is refused.
#pragma once

#include "axo/fs_protocol.hpp"
#include "lib/sef/sef.hpp"
#include "servers/procfs/load_average.hpp"
#include "servers/procfs/snapshots.hpp"

namespace axo::procfs {

class Service {
public:
    struct State {
        LoadAverage load;
    };
    using Requests = fs::Requests;

    explicit Service(State &state) : state_(state), sampler_(bind<&Service::sample_load>(*this)) {}
    Status init(const sef::Init &init);
    void activated();

    // service.cpp
    /// While an update is approached: what VFS asks in the course of a question of procfs itself, since the way to a
    /// directory may lead through /proc.
    static bool must_serve(const Message &message) {
        return message.type == fs::Lookup::number || message.type == fs::Stat::number ||
               message.type == fs::ReadDirectory::number;
    }

    void on(Endpoint caller, const fs::Mount &request, sef::ReplyTo<fs::NodeInfo> reply);
    void on(Endpoint caller, const fs::Unmount &request, sef::ReplyTo<Nothing> reply);
    void on(Endpoint, const fs::Release &, sef::ReplyTo<Nothing> reply) { reply.ok(); }  // nothing was held
    void on(Endpoint, const fs::Remount &, sef::ReplyTo<Nothing> reply) { reply.ok(); }
    void on(Endpoint, const fs::Sync &, sef::ReplyTo<Nothing> reply) { reply.ok(); }
    void on(Endpoint caller, const fs::FileSystemStat &request, sef::ReplyTo<Nothing> reply);
    template <Request R>
    void on(Endpoint, const R &, sef::ReplyTo<typename R::Reply> reply) {
        reply.fail(Error::not_permitted);
    }
    // names.cpp
    sef::Task on(Endpoint caller, fs::Lookup request, sef::ReplyTo<fs::NodeInfo> reply);
    sef::Task on(Endpoint caller, fs::Stat request, sef::ReplyTo<fs::NodeInfo> reply);
    sef::Task on(Endpoint caller, fs::ReadDirectory request, sef::ReplyTo<fs::ReadDirectory::Reply> reply);
    sef::Task on(Endpoint caller, fs::ReadLink request, sef::ReplyTo<fs::ReadLink::Reply> reply);
    // content.cpp
    sef::Task on(Endpoint caller, fs::Read request, sef::ReplyTo<fs::Read::Reply> reply);

private:
    sef::Async<Result<String>> content_of(Inode inode);
    sef::Async<Result<String>> system_content(Node node);
    void sample_load();

    State &state_;
    bool restarted_ = false;
    sef::Timer sampler_;
    Snapshots snapshots_;  // not carried over in an update: the next piece of a text is then one of a new text
    std::uint64_t ram_disk_bytes_ = 0;
    char command_line_[512] = {};
};

}  // namespace axo::procfs
