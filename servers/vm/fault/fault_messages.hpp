// The kernel's questions: page faults of processes, and memory that a kernel call found missing. Also what happens when
// there is no frame left for one.
#pragma once

#include "servers/vm/context.hpp"

namespace axo::vm {

class FaultMessages {
public:
    explicit FaultMessages(Context &context) : context_(context), parked_(context.memory.heap) {}

    void page_fault(const Message &message);
    void memory_request(const Message &message);
    /// Frames came free: faults that waited for some are tried again.
    void retry_parked();

private:
    void answer(const Message &message, const Status &status);
    sef::Task fault_from_file(Message message);
    /// No frame is left for this fault: the largest user process has to go, one of root only when there is no other,
    /// and the fault waits for its memory.
    void out_of_memory(const Message &message);
    ProcessRecord *largest_process();

    Context &context_;
    Vector<Message> parked_;
};

}  // namespace axo::vm
