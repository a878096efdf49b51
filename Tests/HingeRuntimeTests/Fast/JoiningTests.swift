import HingeGraph
import HingeOperators
import Testing

@testable import HingeRuntime

/// Values that are written where a `Concat` wants them.
@Suite("Joining in place")
struct JoiningTests {
    typealias Operand = GraphBuilder.Operand

    /// What is made of two convolutions' results, and how many values each `Concat` copies that doesn't copy all.
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// `nil` where it depends on the processor.
        var copyCounts: [Int]?
        var batch = 1
        let join: @Sendable (inout GraphBuilder, Operand, Operand, Operand) throws -> Operand
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "two results", copyCounts: [0]) { builder, _, a, b in
            try concat(&builder, [a, b])
        },
        Case(name: "the input, which is the caller's", copyCounts: nil) { builder, x, a, _ in
            try concat(&builder, [a, x])
        },
        Case(name: "a result twice", copyCounts: [1]) { builder, _, a, _ in
            try concat(&builder, [a, a])
        },
        Case(name: "one that is read later", copyCounts: [0]) { builder, _, a, b in
            let joined = try concat(&builder, [a, b])
            return try builder.append(Add(), pooled(&builder, joined), pooled(&builder, a))
        },
        Case(name: "one that is read after what is joined was overwritten", copyCounts: [1]) {
            builder, _, a, b in
            let joined = try concat(&builder, [a, b])
            let y = try builder.append(Erf(), joined)
            return try builder.append(Add(), pooled(&builder, y), pooled(&builder, a))
        },
        Case(name: "one that is overwritten later", copyCounts: nil) { builder, _, a, b in
            let joined = try concat(&builder, [a, b])
            let y = try builder.append(Add(), pooled(&builder, joined), builder.append(Erf(), a))
            return try builder.append(Mul(), y, y)
        },
        Case(name: "rows that grow", copyCounts: [0, 0, 0]) { builder, _, a, b in
            let ab = try concat(&builder, [a, b])
            let c = try convolution(&builder, ab, 32, 16, 7)
            let abc = try concat(&builder, [a, b, c])
            let d = try convolution(&builder, abc, 48, 16, 8)
            return try concat(&builder, [a, b, c, d])
        },
        Case(name: "in another order", copyCounts: [0]) { builder, _, a, b in
            let ab = try concat(&builder, [a, b])
            let ba = try concat(&builder, [b, a])
            return try builder.append(Mul(), ab, ba)
        },
        Case(name: "several samples", copyCounts: [], batch: 2) { builder, _, a, b in
            try concat(&builder, [a, b])
        },
    ]

    private static func concat(
        _ builder: inout GraphBuilder, _ parts: [Operand]
    ) throws -> Operand {
        try builder.append(Concat(axis: 1), parts, outputCount: 1)[0]
    }

    private static func pooled(_ builder: inout GraphBuilder, _ x: Operand) throws -> Operand {
        try builder.append(ReduceMean(axes: [1], keepsDimensions: true), x)
    }

    private static func convolution(
        _ builder: inout GraphBuilder, _ x: Operand, _ channels: Int, _ maps: Int, _ seed: UInt64
    ) throws -> Operand {
        let weights = builder.constant(random([maps, channels, 3, 3], seed: seed, scale: 0.1))
        return try builder.append(Conv(padding: .explicit([1, 1, 1, 1])), x, weights)
    }

    @Test("What is joined is right, and copied only where it must be", arguments: cases)
    func joins(_ specimen: Case) throws {
        let shape = [specimen.batch, 16, 5, 6]
        let pair = try EnginePair(Shape(shape)) { builder, x in
            let a = try Self.convolution(&builder, x, 16, 16, 1)
            let b = try Self.convolution(&builder, x, 16, 16, 2)
            let y = try specimen.join(&builder, x, a, b)
            return try Self.pooled(&builder, y)
        }
        try pair.expectSame(shape)
        let found = try pair.copyCounts(shape)
        if let expected = specimen.copyCounts { #expect(found == expected) }
    }
}
