import Foundation
import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

@Suite("Random graphs")
struct RandomGraphTests {
    /// How far apart the engines may be, next to the largest number on the way.
    ///
    /// Sums of some hundred terms in single precision go through a handful of steps that may each multiply their
    /// error by ten. A value that was overwritten is off by as much as it is large. An operator that was written out
    /// rounds at each step, which in half precision is two units of the last place or so, and three squarings make eight times that.
    static func tolerance(_ type: DataType) -> Double {
        switch type {
        case .float32: 2e-4
        case .float16: 4e-3
        case .bfloat16: 3e-2
        case .float64: 1e-12
        default: 0
        }
    }

    /// How many graphs are tried, half of them in float32 and a quarter in each lower precision, and which is the first.
    ///
    /// `./dev test` tries others in its second pass, `./dev random` as many as it is told.
    static let count = number("HINGE_RANDOM_GRAPHS") ?? 5000
    static let first = number("HINGE_RANDOM_FIRST") ?? 0
    static let partCount = 7

    @Test("Both engines agree", arguments: 0..<partCount)
    func agreement(part: Int) {
        check(.float32, part, of: Self.count / 2)
    }

    /// How far a lower precision may be from float32, next to the largest number on the way: what is left of so many bits by a
    /// handful of steps that may each multiply the error.
    static func lowTolerance(_ precision: Session.Options.Precision) -> Double {
        // Of 8 bits, and of 11.
        precision == .bfloat16 ? 0.1 : 0.1 / 8
    }

    @Test(
        "A lower precision is float32 but for rounding",
        arguments: [Session.Options.Precision.bfloat16, .float16], 0..<partCount)
    func lower(precision: Session.Options.Precision, part: Int) {
        check(precision, part, of: Self.count / 4)
    }

    private func check(_ precision: Session.Options.Precision, _ part: Int, of count: Int) {
        var faultCount = 0
        for seed in stride(from: part, to: count, by: Self.partCount) {
            let seed = seed + Self.first
            var graph = RandomGraph(seed: UInt64(seed))
            let isLow = precision != .float32
            graph.isRough = isLow
            guard !isLow || graph.dataType == .float32,
                let (small, fault) = graph.shrunk({
                    Self.fault(
                        $0, threads: seed % 4 == 0 ? 2 : 1, precision: precision,
                        isLow ? Self.lowTolerance(precision) : nil)
                })
            else { continue }
            Issue.record("seed \(seed): \(fault)\n\(small)\n\(Self.plan(small, precision))")
            faultCount += 1
            if faultCount == 3 { return }
        }
    }

    private static func number(_ variable: String) -> Int? {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) }
    }

    /// The steps of the fast engine's plan, one a line.
    private static func plan(
        _ graph: RandomGraph, _ precision: Session.Options.Precision = .float32
    ) -> String {
        let type = TensorType(dataType: graph.dataType, shape: graph.shape)
        let steps = try? FastEngine(graph.model(), options: .init(precision: precision))
            .summary([type])
        return (steps ?? []).map { "  \($0)" }.joined(separator: "\n")
    }

    /// How the engines differ; `nil` if they agree.
    ///
    /// - Parameter allowance: How far apart they may be, next to the largest number; `nil` for what rounding of the graph's
    ///   own type makes.
    private static func fault(
        _ graph: RandomGraph, threads: Int, precision: Session.Options.Precision = .float32,
        _ allowance: Double? = nil
    ) -> String? {
        do {
            let model = try graph.model()
            guard !model.graph.outputs.isEmpty else { return nil }
            let inputs = ["x": Value.tensor(try graph.input)]
            var largest = 1.0
            let reference = try Session(model, options: .init(engine: .reference))
            let expected = try reference.run(
                inputs,
                observing: { _, value in
                    let numbers = try value.tensor?.doubles() ?? []
                    largest = numbers.lazy.filter(\.isFinite).map(\.magnitude).reduce(largest, max)
                })
            // Numbers so large may overflow in one order of adding them and not in another.
            guard largest < 1e15 || graph.isSpecial && largest < 1e33 else { return nil }
            let fast = try Session(
                model, options: .init(threads: threads, precision: precision))
            for run in 1...2 {
                let found = try fast.run(inputs)
                for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
                    guard let a = found[name]?.tensor, let b = value.tensor else {
                        return "'\(name)' is missing"
                    }
                    let allowed = (allowance ?? tolerance(graph.dataType)) * largest
                    if let difference = try difference(a, b, allowed) {
                        return "'\(name)', run \(run), \(threads) threads: \(difference)"
                    }
                }
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func difference(_ a: Tensor, _ b: Tensor, _ allowed: Double) throws -> String? {
        guard a.dataType == b.dataType, a.shape == b.shape else {
            return "found \(a.dataType)\(a.shape), expected \(b.dataType)\(b.shape)"
        }
        for (index, (x, y)) in try zip(a.doubles(), b.doubles()).enumerated() {
            if x == y || x.isNaN && y.isNaN { continue }
            guard abs(x - y) <= allowed else {
                return "found \(x) at \(index), expected \(y) ± \(allowed)"
            }
        }
        return nil
    }
}
