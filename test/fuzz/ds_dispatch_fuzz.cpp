// sources: servers/ds/server.cpp servers/ds/publish.cpp servers/ds/subscribe.cpp servers/ds/store.cpp
// servers/ds/subscriptions.cpp servers/ds/pattern.cpp servers/ds/pattern_match.cpp
// servers/ds/maps.cpp servers/ds/shared_map.cpp
//
// Random messages to DS.
#include "axo/ds_protocol.hpp"
#include "servers/ds/server.hpp"
#include "test/fuzz/message_stream.hpp"

namespace {

using namespace axo;
using fuzz::StreamSeed;

void name_client(fake::System &system, fake::Service<ds::Server> &server, std::string_view label, Endpoint process) {
    const ds::Publish request{.type = ds::Type::label,
                              .flags = 0,
                              .key = system.grant(endpoint::rs, label),
                              .key_bytes = static_cast<std::uint32_t>(label.size()),
                              .value = process.value,
                              .data = invalid_grant,
                              .reserved = 0,
                              .data_bytes = 0};
    const auto answer = server.ask(endpoint::rs, request);
    fuzz::require(answer && answer->has_value(), "RS publishes a label");
}

constexpr ds::Publish number(std::uint32_t flags) {
    return {.type = ds::Type::number,
            .flags = flags,
            .key = invalid_grant,
            .key_bytes = 5,
            .value = 1,
            .data = invalid_grant,
            .reserved = 0,
            .data_bytes = 0};
}
constexpr ds::Publish content(ds::Type type, std::uint64_t bytes) {
    return {.type = type,
            .flags = ds::flag::overwrite,
            .key = invalid_grant,
            .key_bytes = 5,
            .value = 0,
            .data = GrantId{(1 << 16) + 6},
            .reserved = 0,
            .data_bytes = bytes};
}

}  // namespace

std::uint64_t fuzz::usual_inputs() { return 1'000; }

std::vector<fuzz::Bytes> fuzz::seeds() {
    StreamSeed subscriber("drv.*");
    subscriber
        .add(0, ds::Subscribe{.pattern = invalid_grant, .pattern_bytes = 5, .types = 0, .flags = ds::flag::initial}, 0)
        .add(3, number(0), 2)
        .add(0, ds::Check{.key = invalid_grant, .reserved = 0}, 0)
        .add(3, ds::Delete{.type = ds::Type::number, .key = invalid_grant, .key_bytes = 5}, 1);
    StreamSeed reader("k.one");
    reader.add(0, content(ds::Type::memory, 300), 2)
        .add(3,
             ds::Retrieve{.type = ds::Type::memory,
                          .key = invalid_grant,
                          .key_bytes = 5,
                          .data = invalid_grant,
                          .data_bytes = 100,
                          .how = ds::MapUse::none,
                          .reserved = 0,
                          .index = 0},
             1)
        .add(0, content(ds::Type::map, 4096), 2)
        .add(0, ds::Snapshot{.key = invalid_grant, .key_bytes = 5}, 0);
    StreamSeed labels("abcde");
    labels.add(2, ds::DropLabel{.label = "tty"})
        .add(0, ds::EndpointOf{.label = "vfs"})
        .add(0, ds::LabelOf{.endpoint = endpoint::vfs});
    return {subscriber.bytes(), reader.bytes(), labels.bytes()};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fake::System system(endpoint::ds, 4 << 20, 1 << 20);
    fake::Service<ds::Server> server;
    fuzz::require(server.start().has_value(), "DS starts");
    name_client(system, server, "vfs", endpoint::vfs);
    name_client(system, server, "tty", endpoint::tty);
    name_client(system, server, "hello", Endpoint::make(200, 1));
    fuzz::Input input(data, size);
    fuzz::MessageStream<ds::Server>(system, server, [](std::uint16_t) { return false; }).run(input);
    return 0;
}
