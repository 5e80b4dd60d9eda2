// The memory server as SEF sees it: the parts, and which of them a message is for.
#pragma once

#include "lib/sef/sef.hpp"
#include "servers/vm/requests.hpp"
#include "servers/vm/user_calls.hpp"

namespace axo::vm {

struct Server {
    struct State {
        Memory memory{arena_heap()};
        ProcessTable processes{memory};
        OwnMemory own{memory};
    };
    using Requests = axo::vm::Requests;

    explicit Server(State &state) : state_(state) {}

    Status init(const sef::Init &) {
        TRY(state_.own.start());
        state_.processes.attach(TRY(state_.own.allocate(ProcessTable::table_bytes)));
        return handlers_.adopt_boot_services();
    }

    template <typename R> void on(Endpoint caller, const R &request, sef::ReplyTo<typename R::Reply> reply) {
        if (!handlers_.may_call(caller, R::number)) return reply.fail(Error::no_syscall);
        static_cast<void>(handlers_.serve(caller, request, std::move(reply)));
    }
    void user_call(sef::UserCall call) { calls_.serve(std::move(call)); }
    void on_kernel_message(const Message &message) {
        if (message.type == kernel_message::page_fault) fault_messages_.page_fault(message);
        else if (message.type == kernel_message::memory_request) fault_messages_.memory_request(message);
    }

private:
    State &state_;
    Faults faults_{state_.memory};
    FilePager pager_{state_.memory, state_.own};
    Context context_{state_.memory, state_.processes, state_.own, faults_, pager_};
    FaultMessages fault_messages_{context_};
    RequestHandlers handlers_{context_, fault_messages_};
    UserCalls calls_{context_};
};

}  // namespace axo::vm
