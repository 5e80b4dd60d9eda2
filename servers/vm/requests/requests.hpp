// Requests of system processes (vm_protocol.hpp), one overload each; the files request_*.cpp hold a family each.
#pragma once

#include "lib/sef/reply.hpp"
#include "servers/vm/fault/fault_messages.hpp"

namespace axo::vm {

class RequestHandlers {
public:
    RequestHandlers(Context &context, FaultMessages &faults) : context_(context), fault_messages_(faults) {}

    /// Ref 6.2: the call is in the caller's mask.
    bool may_call(Endpoint caller, std::uint16_t number);
    /// Makes the boot services known, which the kernel loaded before VM ran.
    Status adopt_boot_services();

    template <typename R>
    using Reply = sef::ReplyTo<typename R::Reply>;

    void serve(Endpoint caller, const Grow &request, Reply<Grow> reply);
    void serve(Endpoint caller, const RegionAllocate &request, Reply<RegionAllocate> reply);
    void serve(Endpoint caller, const RegionFree &request, Reply<RegionFree> reply);
    void serve(Endpoint caller, const MapPhysical &request, Reply<MapPhysical> reply);
    void serve(Endpoint caller, const Fork &request, Reply<Fork> reply);
    void serve(Endpoint caller, const Exit &request, Reply<Exit> reply);
    void serve(Endpoint caller, const ExecSwitch &request, Reply<ExecSwitch> reply);
    void serve(Endpoint caller, const ExecCancel &request, Reply<ExecCancel> reply);
    sef::Task serve(Endpoint caller, ExecBuild request, Reply<ExecBuild> reply);
    sef::Task serve(Endpoint caller, MakePresent request, Reply<MakePresent> reply);
    void serve(Endpoint caller, const SetClock &request, Reply<SetClock> reply);
    void serve(Endpoint caller, const FileChanged &request, Reply<FileChanged> reply);
    void serve(Endpoint caller, const FileRemoved &request, Reply<FileRemoved> reply);
    void serve(Endpoint caller, const Spawn &request, Reply<Spawn> reply);
    void serve(Endpoint caller, const SetMask &request, Reply<SetMask> reply);
    void serve(Endpoint caller, const RsUpdate &request, Reply<RsUpdate> reply);
    void serve(Endpoint caller, const ArenaShare &request, Reply<ArenaShare> reply);
    void serve(Endpoint caller, const ArenaDigest &request, Reply<ArenaDigest> reply);
    void serve(Endpoint caller, const ReleaseDma &request, Reply<ReleaseDma> reply);
    void serve(Endpoint caller, const Counters &request, Reply<Counters> reply);
    void serve(Endpoint caller, const MemoryUse &request, Reply<MemoryUse> reply);

private:
    struct Quarantined {  // DMA memory of a dead driver whose device may still write
        Endpoint process;
        Frame first;
        std::uint32_t count;
    };

    Status fork_copy(ProcessRecord &child, Space &parent, For owner);
    Status clone_tables(const ProcessRecord &child, const Space &parent);
    Status adopt(Endpoint service);
    void adopt_pages(Space &space, std::uint64_t start);
    Result<RegionAllocate::Reply> allocate_region(Space &space, const RegionAllocate &request);
    Status fill_contiguous(Space &space, const Region &region, bool dma);
    void quarantine(const ProcessRecord &record);

    Context &context_;
    FaultMessages &fault_messages_;
    Vector<Quarantined> quarantined_{context_.memory.heap};
};

}  // namespace axo::vm
