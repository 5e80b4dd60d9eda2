// "Something happened to this service": handlers note what came and tell it; the coroutine of its life looks again.
#pragma once

#include "lib/sef/coroutine.hpp"
#include "servers/rs/service/service_table.hpp"

namespace axo::rs {

class News {
public:
    explicit News(const ServiceTable &services) : services_(services) {}

    void tell(const Service &service) { of_[services_.index_of(service)].signal_all(); }
    /// co_await news.of(service): until something happens, or an RS period passes. It takes no memory.
    auto of(const Service &service) { return of_[services_.index_of(service)].wait(); }

private:
    const ServiceTable &services_;
    sef::Event of_[ServiceTable::capacity];
};

}  // namespace axo::rs
