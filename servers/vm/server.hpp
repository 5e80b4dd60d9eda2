// The memory server as SEF sees it: the parts, and which of them a message is for.
#pragma once

#include "lib/sef/sef.hpp"
#include "servers/vm/calls/user_calls.hpp"
#include "servers/vm/requests/requests.hpp"
#include "servers/vm/space/safe_maps.hpp"

namespace axo::vm {

struct Server {
    struct State {
        Memory memory{arena_heap()};
        ProcessTable processes{memory};
        OwnMemory own{memory};
        Vdso vdso;
    };
    using Requests = axo::vm::Requests;

    explicit Server(State &state) : state_(state) {}

    Status init(const sef::Init &) {
        TRY(state_.own.start());
        TRY(state_.vdso.start(state_.memory, state_.own));
        state_.processes.attach(TRY(state_.own.allocate(ProcessTable::table_bytes)));
        return handlers_.adopt_boot_services();
    }

    template <typename R>
    void on(Endpoint caller, const R &request, sef::ReplyTo<typename R::Reply> reply) {
        if (!handlers_.may_call(caller, R::number)) return reply.fail(Error::no_syscall);
        static_cast<void>(handlers_.serve(caller, request, std::move(reply)));
    }
    void user_call(sef::UserCall call) { calls_.serve(std::move(call)); }
    void on_kernel_message(const Message &message) {
        if (message.type == kernel_message::page_fault)
            fault_messages_.page_fault(message);
        else if (message.type == kernel_message::memory_request)
            fault_messages_.memory_request(message);
        else if (message.type == kernel_message::map_request)
            start_safe_map(message);
        else if (message.type == kernel_message::unmap_request)
            safe_maps_.unmap(message);
    }

private:
    void start_safe_map(const Message &message) {
        const sef::Task task = safe_maps_.map(message);
        if (!task.started())
            sys::reply(message.source, encode_error(message.type, message.tag, to_wire(Error::no_memory)));
    }

    State &state_;
    Faults faults_{state_.memory};
    FilePager pager_{state_.memory, state_.own};
    Context context_{state_.memory, state_.processes, state_.own, state_.vdso, faults_, pager_};
    FaultMessages fault_messages_{context_};
    SafeMaps safe_maps_{context_};
    RequestHandlers handlers_{context_, fault_messages_};
    UserCalls calls_{context_};
};

}  // namespace axo::vm
