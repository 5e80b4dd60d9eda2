// Valid request sequences to a driver of the device protocol.
#pragma once

#include "axo/device_protocol.hpp"
#include "axo/ds_protocol.hpp"
#include "test/fuzz/message_stream.hpp"

namespace fuzz {

/// Opens `minor` (answered by `clone`), reads, writes, asks and closes it, from two clients.
inline Bytes device_session(std::uint32_t minor, std::uint32_t clone, std::uint32_t ioctl) {
    using namespace axo;
    StreamSeed seed("some text");
    for (const unsigned client : {0u, 4u}) {
        seed.add(client, device::Open{.minor = minor, .flags = 3, .session = 0, .group = 0})
            .add(client,
                 device::Read{.minor = clone,
                              .flags = 0,
                              .offset = 0,
                              .bytes = 100,
                              .buffer = invalid_grant,
                              .group = 0,
                              .session = 0,
                              .reserved = 0},
                 6)
            .add(client,
                 device::Write{.minor = clone,
                               .flags = 0,
                               .offset = 0,
                               .bytes = 9,
                               .buffer = invalid_grant,
                               .group = 0,
                               .session = 0,
                               .reserved = 0},
                 6)
            .add(client, device::Poll{.minor = clone, .events = 5, .watch = 1, .reserved = 0})
            .add(client,
                 device::Ioctl{.minor = clone,
                               .code = ioctl,
                               .value = 0,
                               .argument = invalid_grant,
                               .argument_bytes = 8,
                               .group = 0,
                               .session = 0},
                 4)
            .add(client,
                 device::Transfer{.minor = clone, .write = 0, .offset = 512, .vector = invalid_grant, .count = 1}, 4)
            .add(client, device::Cancel{.tag = 0x1002});
    }
    return seed.add(0, device::Close{.minor = clone, .reserved = 0}).bytes();
}

/// What a driver asks of DS when it starts.
inline void answer_announcement(axo::fake::System &system, std::string_view label) {
    using namespace axo;
    system.answer<ds::LabelOf>([label](Endpoint, const ds::LabelOf &) -> Result<ds::LabelOf::Reply> {
        ds::LabelOf::Reply reply{};
        std::copy(label.begin(), label.end(), reply.label);
        return reply;
    });
    system.answer<ds::Publish>([](Endpoint, const ds::Publish &) -> Result<Nothing> { return Nothing{}; });
}

}  // namespace fuzz
