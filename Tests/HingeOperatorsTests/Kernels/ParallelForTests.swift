import HingeGraph
import Synchronization
import Testing

@testable import HingeOperators

@Suite("Sharing work between threads")
struct ParallelForTests {
    /// The ranges that `parallelFor` cuts a count into, in the order of their starts.
    private func ranges(_ count: Int, cost: Int, threads: Int) -> [Range<Int>] {
        let found = Mutex<[Range<Int>]>([])
        ThreadTeam.$current.withValue(ThreadTeam(count: threads)) {
            parallelFor(count, cost: cost) { range in found.withLock { $0.append(range) } }
        }
        return found.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
    }

    @Test(
        "Each number is in one range",
        arguments: [1, 2, 7, 64, 65_535, 65_536, 131_071, 131_072, 131_073, 1_000_003],
        [1, 2, 3, 5])
    func covers(count: Int, threads: Int) {
        let ranges = ranges(count, cost: 1, threads: threads)
        var next = 0
        for range in ranges {
            #expect(range.lowerBound == next && !range.isEmpty)
            next = range.upperBound
        }
        #expect(next == count)
    }

    @Test("There is nothing to do for a count of 0")
    func nothing() {
        #expect(ranges(0, cost: 1 << 40, threads: 2).isEmpty)
    }

    @Test("Little work and one thread stay in one range")
    func whole() {
        #expect(ranges(131_071, cost: 1, threads: 2) == [0..<131_071])
        #expect(ranges(131_072, cost: 1, threads: 2).count == 2)
        #expect(ranges(2, cost: 65_536, threads: 2) == [0..<1, 1..<2])
        #expect(ranges(1 << 30, cost: .max, threads: 1) == [0..<1 << 30])
        #expect(ranges(1 << 30, cost: .max, threads: 2).count == 8)
    }

    @Test("Work inside of shared work isn't shared again")
    func nested() {
        let inner = Mutex<[Range<Int>]>([])
        ThreadTeam.$current.withValue(ThreadTeam(count: 2)) {
            parallelFor(4, cost: 1 << 20) { _ in
                parallelFor(1 << 20, cost: 1) { range in inner.withLock { $0.append(range) } }
            }
        }
        #expect(inner.withLock { $0 } == [Range<Int>](repeating: 0..<1 << 20, count: 4))
    }

    @Test("The error of the first range is thrown")
    func error() {
        struct Failure: Error, Equatable { let place: Int }
        let error = #expect(throws: Failure.self) {
            try ThreadTeam.$current.withValue(ThreadTeam(count: 2)) {
                try parallelFor(8, cost: 1 << 20) { range throws(Failure) in
                    throw Failure(place: range.lowerBound)
                }
            }
        }
        #expect(error == Failure(place: 0))
    }
}
