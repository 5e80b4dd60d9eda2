// Memory that one process shows to another by grant (ref 1.14), as the kernel asks for it. Both hold the same frames
// until the mapping ends; then the grantee gets copies. A fork of either parts it from the frames like any other
// writing.
#pragma once

#include "servers/vm/context.hpp"

namespace axo::vm {

class SafeMaps {
public:
    explicit SafeMaps(Context &context) : context_(context) {}

    /// kernel_message::map_request. Answers: 0; fault (no such memory on one side), invalid (a place that cannot be
    /// shared), no_memory, io, not_permitted (an unmap request came meanwhile). After an error nothing is shared.
    sef::Task map(Message message);
    /// kernel_message::unmap_request. Answers 0: without memory for a copy the grantee loses the page.
    void unmap(const Message &message);

private:
    struct Place {
        Endpoint process;
        std::uint64_t address;
    };

    /// A map request at work, so that an unmap request finds it.
    struct Work {
        Place grantee;
        std::uint64_t bytes;
        bool cancelled = false;
        ListNode node;
    };

    sef::Async<Status> show(Place grantee, Place granter, bool writable);
    sef::Async<Status> bring_in(Place granter, bool writable);
    Status share_page(Place grantee, Place granter, bool writable);
    void cancel(const Place &grantee, std::uint64_t bytes);
    void part(const Place &grantee, std::uint64_t bytes);
    void part_page(Space &space, std::uint64_t page);

    Context &context_;
    IntrusiveList<Work, &Work::node> working_;
};

}  // namespace axo::vm
