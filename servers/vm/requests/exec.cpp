// Exec in two steps: a new space is built while the old program can still get an error, then put in its place.
#include "axo/signal.hpp"
#include "lib/sys/kernel.hpp"
#include "lib/sys/log.hpp"
#include "servers/vm/load/exec_builder.hpp"
#include "servers/vm/requests/requests.hpp"

namespace axo::vm {

sef::Task RequestHandlers::serve(Endpoint caller, ExecBuild request, Reply<ExecBuild> reply) {
    ExecBuilder builder(context_);
    auto building = builder.build(caller, request);
    const Result<Space *> space = co_await building;
    if (!space) {
        reply.fail(space.error());
        co_return;
    }
    const Result<ProcessRecord *> record = context_.processes.add(request.process);
    if (!record) {
        context_.processes.destroy_space(*space);
        reply.fail(record.error());
        co_return;
    }
    context_.processes.drop_prepared(**record);
    (*record)->prepared = *space;
    reply.ok();
}

void RequestHandlers::serve(Endpoint, const ExecCancel &request, Reply<ExecCancel> reply) {
    if (ProcessRecord *record = context_.processes.find(request.process); record != nullptr) {
        context_.processes.drop_prepared(*record);
        context_.pager.release_unused();
    }
    reply.ok();
}

void RequestHandlers::serve(Endpoint, const ExecSwitch &request, Reply<ExecSwitch> reply) {
    ProcessRecord *record = context_.processes.find(request.process);
    if (record == nullptr || record->prepared == nullptr) return reply.fail(Error::invalid);
    Space *space = record->prepared;
    record->prepared = nullptr;
    // The old program ends here. The tables that it gives up are at least as many as the new one needs to start.
    if (record->space != nullptr) context_.memory.tables.destroy(record->endpoint);
    context_.processes.set_space(*record, space);
    space->owner = record->endpoint;
    space->give_to(request.owner == Owner::root ? For::root : For::user);
    Status ready = context_.memory.tables.create(record->endpoint);
    ExecBuilder::take_cached_pages(*space);
    if (ready) ready = space->map_all();
    if (!ready) {
        sys::log("process %u ends: no memory to run its new program", record->endpoint.value);
        (void)sys::kill(record->endpoint, signal::kill);
    }
    reply.ok();
    context_.pager.release_unused();
    fault_messages_.retry_parked();
}

}  // namespace axo::vm
