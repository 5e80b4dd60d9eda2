// The tmpfs server: every request is answered at once.
#pragma once

#include "lib/sef/sef.hpp"
#include "servers/tmpfs/file_system.hpp"

namespace axo::tmpfs {

class Service {
public:
    struct State {
        Tree tree{arena_heap()};
        FileSystem files{tree, arena_heap()};
    };
    using Requests = fs::Requests;

    explicit Service(State &state) : state_(state) {}
    Status init(const sef::Init &init);
    void on_signal(int signal);

    template <Request R>
    void on(Endpoint caller, const R &request, sef::ReplyTo<typename R::Reply> reply) {
        if (caller != endpoint::vfs) return reply.fail(Error::not_permitted);
        set_time();
        reply.result(state_.files.run(fs::ClientMemory(caller), request));
    }
    void on(Endpoint caller, const fs::Mount &request, sef::ReplyTo<fs::NodeInfo> reply);

private:
    void set_time();

    State &state_;
};

}  // namespace axo::tmpfs
