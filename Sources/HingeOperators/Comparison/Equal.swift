import HingeGraph

/// Whether `a = b`, elementwise, with broadcasting.
///
/// NaN equals nothing.
///
/// Source: ONNX Equal 1, 7, 11, 13, 19; before 7, broadcasting was asked for by attributes.
public struct Equal: BroadcastingOperator {
    /// How the second input is laid over the first, in versions before 7.
    public var legacy: LegacyBroadcast?

    /// Creates the operator.
    public init() {}
}

public extension Equal {
    static let type = "Equal"

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        try context.inferBroadcasting(legacy, as: .bool) {
            Shape.Dimension.areEqual($0, $1).map { .flag($0) }
        }
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        context.comparisonNeeds
    }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        let context = try context.aligned(legacy)
        let a = try context.input(0)
        guard a.dataType == .string else { return try context.compare(Predicate()) }
        let pairing = try Pairing(a, context.input(1))
        return { try compareStrings(&$0, pairing) }
    }

    private func compareStrings(_ context: inout EvaluationContext, _ pairing: Pairing) throws {
        let (a, b) = (try context.input(0), try context.input(1))
        guard let left = a.strings, let right = b.strings else { throw a.notSupported() }
        let y = try context.output(0, .bool, pairing.shape).elements(of: UInt8.self)
        let runs = pairing.runs
        runs.forEachBlock(cost: 32) { block in
            for row in 0..<block.rows {
                let starts = (0..<3).map { block.offsets[$0] + row * block.rowSteps[$0] }
                for index in 0..<block.count {
                    let isEqual =
                        left[starts[0] + index * runs.step(0)]
                        == right[starts[1] + index * runs.step(1)]
                    y[starts[2] + index] = isEqual ? 1 : 0
                }
            }
        }
    }

    private struct Predicate: BinaryPredicate {
        @inline(__always)
        func callAsFunction<T: Comparable>(_ a: T, _ b: T) -> Bool { a == b }
    }
}

extension Equal: UndifferentiatedOperator {
    /// Its output is a condition.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its output is a condition") }
}
