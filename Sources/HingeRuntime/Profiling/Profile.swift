import HingeGraph
import Synchronization

/// How long the steps of some runs take.
///
/// ```swift
/// let profile = Profile()
/// for _ in 0..<10 { _ = try session.run(inputs, profiling: profile) }
/// for total in profile.totals() { print(total.step.operators, total.seconds) }
/// ```
///
/// A run that nobody profiles pays for this with one look at a task-local value.
package final class Profile: Sendable {
    /// The profile that takes the steps of the runs of the current task.
    @TaskLocal static var current: Profile?

    /// A step that ran, or a whole run.
    package struct Event: Sendable {
        /// What ran; `nil` for a whole run.
        package let step: StepDescription?
        /// When it began, in seconds since the first event.
        package let start: Double
        /// How long it took, in seconds.
        package let seconds: Double
        /// How much of that the steps inside of it took, in seconds.
        ///
        /// They are those of a body, or of a plan made in the course of the run; of a whole run, all its steps.
        package let nestedSeconds: Double
    }

    /// All runs of a step together.
    package struct Total: Sendable, Hashable {
        /// The step; `nil` for what runs spend outside of their steps: finding a plan, checking inputs, making outputs.
        package let step: StepDescription?
        /// How often it ran.
        package var count: Int
        /// How long that took, without the steps inside of it, in seconds.
        package var seconds: Double
    }

    private struct Record {
        /// `nil` for a whole run.
        let step: StepKey?
        let start: ContinuousClock.Instant
        let duration: Duration
        let nested: Duration
    }

    private struct StepKey: Hashable {
        let program: Int
        let index: Int
    }

    private struct State {
        /// The programs that have run, kept so that no other one takes the identity of one.
        var programs: [(owner: any AnyObject & Sendable, steps: [StepDescription])] = []
        var indexes: [ObjectIdentifier: Int] = [:]
        var records: [Record] = []
        /// What the steps inside of each one that runs have taken so far, the innermost last.
        var open: [Duration] = []
    }

    private let state = Mutex(State())
    private let clock = ContinuousClock()

    /// Creates a profile without events.
    package init() {}

    /// What ran, in the order in which it ended.
    package func events() -> [Event] {
        state.withLock { state in
            let origin = state.records.map(\.start).min()
            return state.records.map { record in
                Event(
                    step: record.step.map { state.programs[$0.program].steps[$0.index] },
                    start: origin.map { ($0.duration(to: record.start)).inSeconds } ?? 0,
                    seconds: record.duration.inSeconds,
                    nestedSeconds: record.nested.inSeconds)
            }
        }
    }

    /// What all runs of each step take together, the longest first.
    package func totals() -> [Total] {
        state.withLock { state in
            var totals: [StepKey?: Total] = [:]
            for record in state.records {
                let step = record.step.map { state.programs[$0.program].steps[$0.index] }
                var total = totals[record.step] ?? Total(step: step, count: 0, seconds: 0)
                total.count += 1
                total.seconds += (record.duration - record.nested).inSeconds
                totals[record.step] = total
            }
            return totals.sorted { first, second in
                if first.value.seconds != second.value.seconds {
                    return first.value.seconds > second.value.seconds
                }
                return (first.key?.program ?? -1, first.key?.index ?? -1)
                    < (second.key?.program ?? -1, second.key?.index ?? -1)
            }.map(\.value)
        }
    }
}

// MARK: - Recording

extension Profile {
    /// The number of a program.
    ///
    /// - Parameters:
    ///   - owner: What tells the program from others.
    ///   - steps: Its steps, asked for once.
    func index(
        of owner: some AnyObject & Sendable, _ steps: () -> [StepDescription]
    ) -> Int {
        let known = state.withLock { $0.indexes[ObjectIdentifier(owner)] }
        if let known { return known }
        let steps = steps()
        return state.withLock { state in
            state.programs.append((owner, steps))
            state.indexes[ObjectIdentifier(owner)] = state.programs.count - 1
            return state.programs.count - 1
        }
    }

    /// Runs a step, and notes how long it takes; one that fails is noted too.
    func measureStep<Result>(
        _ index: Int, of program: Int, _ body: () throws -> Result
    ) rethrows -> Result {
        try measure(StepKey(program: program, index: index), body)
    }

    /// Makes a whole run, and notes how long it takes and each of its steps.
    func measureRun<Result>(_ body: () throws -> Result) rethrows -> Result {
        try Profile.$current.withValue(self) { try measure(nil, body) }
    }

    private func measure<Result>(
        _ step: StepKey?, _ body: () throws -> Result
    ) rethrows -> Result {
        state.withLock { $0.open.append(.zero) }
        let start = clock.now
        defer {
            let duration = start.duration(to: clock.now)
            state.withLock { state in
                let nested = state.open.removeLast()
                if let last = state.open.indices.last { state.open[last] += duration }
                state.records.append(
                    Record(step: step, start: start, duration: duration, nested: nested))
            }
        }
        return try body()
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
