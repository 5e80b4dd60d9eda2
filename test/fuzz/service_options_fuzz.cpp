// sources: commands/service/options.cpp commands/service/config.cpp commands/service/config_syntax.cpp
// commands/service/record.cpp
//
// The command line of `service`: an accepted one makes a record or a usage error.
#include "commands/service/options.hpp"
#include "commands/service/record.hpp"
#include "test/fuzz/fuzz.hpp"

#include <algorithm>

namespace {

using namespace service;

void check(const Options &options) {
    const bool starts =
        options.command == axo::service::Command::up || options.command == axo::service::Command::update;
    fuzz::require(options.label.size() < axo::label_size, "the label fits");
    fuzz::require(!starts || (options.binary.starts_with('/') && !options.label.empty()), "binary and label");
    fuzz::require(options.state != 0, "state");
    const auto record = make_record(options, Entry{}, 0, false);
    fuzz::require(record || record.error().status == exit_usage, "too long is a usage error");
}

}  // namespace

std::vector<fuzz::Bytes> fuzz::seeds() {
    return {bytes_of("-c\n-r\nup\n/sbin/hello\n-args\na "
                     "b\n-dev\n/dev/x\n-period\n3HZ\n-script\n/etc/s\n-label\nh\n-config\nc\n-state\n2\n-maxtime\n5"),
            bytes_of("fi\nhello\nsegv\n--after\n100"),
            bytes_of("status\n--json"),
            bytes_of("update\n/sbin/hello"),
            bytes_of("down\nx"),
            bytes_of("run\n/sbin/a"),
            bytes_of("shutdown")};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    std::vector<std::string> words(1);
    for (std::size_t i = 0; i < size; ++i) {
        if (data[i] == '\n')
            words.emplace_back();
        else if (data[i] != 0)
            words.back() += static_cast<char>(data[i]);
    }
    std::vector<char *> pointers;
    for (std::string &word : words) pointers.push_back(word.data());
    const auto options = parse_options(pointers);
    if (options) {
        check(*options);
        return 0;
    }
    const int status = options.error().status;
    const bool asked = std::ranges::any_of(
        words, [](const std::string &word) { return word == "help" || word == "-h" || word == "--help"; });
    fuzz::require(status == exit_usage || status == exit_unknown || (status == 0 && asked), "exit status");
    return 0;
}
