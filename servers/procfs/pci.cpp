// See pci.hpp.
#include "servers/procfs/pci.hpp"

#include "lib/pci/ask.hpp"
#include "lib/sys/grants.hpp"

namespace axo::procfs {

namespace {

constexpr unsigned bar_count = 6, resources = 7;  // the seventh is the ROM, which is not looked at
constexpr std::size_t header_bytes = 64;

/// A list that ends because there is no server is one that is empty.
Error as_missing(Error error) { return error == Error::no_process ? Error::no_entry : error; }

struct Function {
    std::uint32_t place;
    pci::Describe::Reply about;
    pci::DescribeBar::Reply bars[bar_count];
};

sef::Async<Result<Function>> ask_function(std::uint32_t place) {
    Function function{.place = place, .about = {}, .bars = {}};
    auto describing = pci::ask(pci::Describe{place, 0});
    const auto about = co_await describing;
    if (!about) co_return as_missing(about.error());
    function.about = *about;
    for (std::uint32_t index = 0; index < bar_count; ++index) {
        auto measuring = pci::ask(pci::DescribeBar{place, index});
        const auto bar = co_await measuring;
        if (!bar) co_return as_missing(bar.error());
        function.bars[index] = *bar;
    }
    co_return function;
}

/// With the flags that the register has in its lowest bits.
std::uint64_t start_of(const pci::DescribeBar::Reply &bar) {
    constexpr std::uint64_t io = 1, wide = 4, prefetchable = 8;
    if (bar.kind == pci::BarKind::none) return 0;
    if (bar.kind == pci::BarKind::io) return bar.address | io;
    return bar.address | (bar.kind == pci::BarKind::memory64 ? wide : 0) | (bar.prefetchable != 0 ? prefetchable : 0);
}

void put_function(Text &text, const Function &function) {
    const pci::Describe::Reply &about = function.about;
    text.print("%04x\t%04x%04x\t%x", function.place, about.vendor, about.device, about.interrupt_line);
    for (unsigned i = 0; i < resources; ++i)
        text.print("\t%16lx", static_cast<unsigned long>(i < bar_count ? start_of(function.bars[i]) : 0));
    for (unsigned i = 0; i < resources; ++i)
        text.print("\t%16lx", static_cast<unsigned long>(i < bar_count ? function.bars[i].size : 0));
    text.add("\t\n");
}

}  // namespace

sef::Async<Result<std::uint32_t>> pci_from(std::uint32_t place) {
    auto asking = pci::ask(pci::Next{place, 0});
    const auto next = co_await asking;
    if (!next) co_return as_missing(next.error());
    // A server that goes back would be followed for ever.
    if (next->place < place || next->place >= pci::places) co_return Error::io;
    co_return next->place;
}

sef::Async<Status> check_pci(Inode inode) {
    const bool bus = inode.node() == Node::pci_bus;
    const std::uint32_t first = bus ? inode.key() << 8 : inode.key();
    auto asking = pci_from(first);
    const auto place = co_await asking;
    if (!place) co_return place.error();
    const bool there = bus ? *place >> 8 == inode.key() : *place == first;
    co_return there ? Status{} : Status{Error::no_entry};
}

sef::Async<Result<String>> pci_device_list() {
    Text text(scratch_heap());
    for (std::uint32_t from = 0; from < pci::places;) {
        auto asking = pci_from(from);
        const auto place = co_await asking;
        if (!place && place.error() != Error::no_entry) co_return place.error();
        if (!place) break;
        from = *place + 1;
        auto describing = ask_function(*place);
        const auto function = co_await describing;
        if (function) put_function(text, *function);  // else it has gone meanwhile
    }
    co_return text.take();
}

sef::Async<Result<String>> pci_header(std::uint32_t place) {
    const auto server = sys::ds::endpoint_of(pci::label);
    if (!server) co_return as_missing(server.error());
    String header(scratch_heap());
    if (!header.resize(header_bytes)) co_return Error::no_memory;
    const auto grant = sys::Grant::direct(*server, header.data(), header_bytes, sys::Access::write);
    if (!grant) co_return grant.error();
    const pci::ReadRegisters question{place, 0, header_bytes, grant->id(), 0};
    const auto answer = co_await sef::request(*server, question);
    if (!answer) co_return answer.error();
    co_return header;
}

}  // namespace axo::procfs
