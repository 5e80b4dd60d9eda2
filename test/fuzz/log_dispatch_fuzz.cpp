// sources: drivers/log/log.cpp lib/driver/announce.cpp
// Random messages to the log driver, while the kernel now and then has text.
#include "drivers/log/log.hpp"
#include "test/fuzz/device_seed.hpp"

using namespace axo;

std::uint64_t fuzz::usual_inputs() { return 1'000; }

std::vector<fuzz::Bytes> fuzz::seeds() { return {device_session(0, 1, 0x5401), device_session(0, 2, 0x541b)}; }

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    fake::System system(endpoint::log, 4 << 20, 1 << 20);
    std::string ring = "first line\n";
    system.on_kernel(KernelCall::get_log, [&](const fake::Arguments &a, std::uint64_t &next) -> std::int64_t {
        const std::size_t from = std::min<std::size_t>(a[0], ring.size());
        const std::size_t count = std::min<std::size_t>(ring.size() - from, a[2]);
        std::memcpy(reinterpret_cast<char *>(a[1]), ring.data() + from, count);
        next = from + count;
        return static_cast<std::int64_t>(count);
    });
    fuzz::answer_announcement(system, "log");
    fake::Service<log::Log> service;
    fuzz::require(service.start().has_value(), "the driver starts");
    ring += "more\n";
    fuzz::Input input(data, size);
    fuzz::MessageStream<log::Log>(system, service, [](std::uint16_t type) {
        return type == device::Read::number;
    }).run(input);
    return 0;
}
