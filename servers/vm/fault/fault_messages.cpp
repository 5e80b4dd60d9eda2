// Faults as messages. The kernel keeps the process stopped until it is answered: by `resolve` itself, or by a reply.
#include "servers/vm/fault/fault_messages.hpp"

#include "axo/signal.hpp"
#include "lib/sys/ipc.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"

namespace axo::vm {

void FaultMessages::answer(const Message &message, const Status &status) {
    sys::reply(message.source, encode_error(message.type, message.tag, to_wire(status)));
}

void FaultMessages::page_fault(const Message &message) {
    Space *space = context_.processes.space_of(message.source);
    if (space == nullptr) return answer(message, Error::fault);
    AbsentPage missing{};
    const Status status = context_.faults.resolve(*space, message.words[0], Access::from_fault(message.words[1]),
                                                  message.source, missing);
    if (status || status.error() == Error::no_process) return;
    if (status.error() == Error::no_memory) return out_of_memory(message);
    if (status.error() != Error::absent) return answer(message, status);
    const sef::Task task = fault_from_file(message);
    if (!task.started()) answer(message, Error::io);
}

sef::Task FaultMessages::fault_from_file(Message message) {
    for (;;) {
        Space *space = context_.processes.space_of(message.source);
        if (space == nullptr) co_return;
        AbsentPage missing{};
        const Status status = context_.faults.resolve(*space, message.words[0], Access::from_fault(message.words[1]),
                                                      message.source, missing);
        if (status || status.error() == Error::no_process) co_return;
        if (status.error() == Error::absent) {
            auto reading = context_.pager.bring_in(missing);
            const Status read = co_await reading;
            if (read) continue;
            if (read.error() != Error::no_memory) {
                answer(message, read);
                co_return;
            }
            out_of_memory(message);
        } else if (status.error() == Error::no_memory) {
            out_of_memory(message);
        } else {
            answer(message, status);
        }
        co_return;
    }
}

void FaultMessages::memory_request(const Message &message) {
    const Endpoint target{static_cast<std::uint32_t>(message.words[0])};
    Space *space = context_.processes.space_of(target);
    if (space == nullptr) return answer(message, Error::fault);
    AbsentPage missing{};
    const Status status = context_.faults.resolve_range(*space, message.words[1], message.words[2],
                                                        Access::from_fault(message.words[3]), missing);
    // A page behind its file's end: SIGBUS where the program itself looks at it, a bad address in a call.
    answer(message, !status && status.error() == Error::io ? Status(Error::fault) : status);
}

void FaultMessages::retry_parked() {
    // Each is tried once; what still finds no frame is parked anew behind those of this round.
    for (std::size_t count = parked_.size(); count != 0; --count) {
        const Message message = parked_[0];
        parked_.erase(0);
        page_fault(message);
    }
}

ProcessRecord *FaultMessages::largest_process() {
    ProcessRecord *largest = nullptr;
    const auto comes_before = [](const Space &a, const Space &b) {
        return a.who() != b.who() ? a.who() < b.who() : a.pages.count() > b.pages.count();
    };
    context_.processes.for_each([&](ProcessRecord &record) {
        if (record.space == nullptr || record.space->is_system() || record.endpoint == endpoint::init) return;
        if (largest == nullptr || comes_before(*record.space, *largest->space)) largest = &record;
    });
    return largest;
}

void FaultMessages::out_of_memory(const Message &message) {
    ProcessRecord *victim = largest_process();
    if (victim == nullptr || !parked_.push_back(message)) return answer(message, Error::no_memory);
    if (victim->dying) return;
    victim->dying = true;
    sys::log("out of memory: killing process %u with %lu pages", victim->endpoint.value,
             static_cast<unsigned long>(victim->space->pages.count()));
    (void)sys::kill(victim->endpoint, signal::kill);  // one that is gone already frees its memory anyway
}

}  // namespace axo::vm
