import HingeGraph

/// `x · Φ(x)`, where Φ is the distribution function of the normal distribution; elementwise.
///
/// Source: ONNX Gelu 20; Keras activation `gelu(approximate)`; Hendrycks and Gimpel, "Gaussian error linear
/// units", 2016.
public struct Gelu: PreparedOperator {
    /// How Φ is computed.
    public enum Approximation: String, Sendable, CaseIterable {
        /// By the error function: `(1 + erf(x / √2)) / 2`.
        case none
        /// Nearly: `(1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2`.
        case tanh
    }

    /// How Φ is computed.
    public var approximation: Approximation

    /// Creates the operator.
    public init(approximation: Approximation = .none) {
        self.approximation = approximation
    }

    /// The factor of `x³` in the approximation.
    private static let cubic: Double = 0.044715
    /// `√(2/π)`.
    private static let scale: Double = 0.797884560802865355879892119868763737
}

public extension Gelu {
    static let type = "Gelu"

    init(_ node: NodeReader) throws {
        approximation = try node.word("approximate", default: .none)
    }

    /// Before version 20 the formula is spelled out; the error function needs version 9.
    func spell(_ speller: inout Speller) throws {
        guard speller.opset < 20 else {
            return speller.emit(Self.type, [.string("approximate", approximation.rawValue)])
        }
        let x = speller.inputs[0]
        let curve: String
        switch approximation {
        case .none:
            if speller.opset < 9 { throw speller.needs(9, Self.type) }
            let scaled = try speller.scaled(x, by: 0.5.squareRoot())
            curve = speller.step("Erf", [scaled])
        case .tanh:
            let cube = speller.step("Mul", [speller.step("Mul", [x, x]), x])
            let sum = speller.step("Add", [x, try speller.scaled(cube, by: Gelu.cubic)])
            curve = speller.step("Tanh", [try speller.scaled(sum, by: Gelu.scale)])
        }
        let one = try Tensor(filledWith: 1, speller.elementType(0), shape: [])
        let sum = try speller.append(
            Add(), [curve, speller.constant(one)],
            known: [speller.known[0], Inferred(constant: one)])
        let half = try speller.scaled(x, by: 0.5)
        speller.emit("Mul", inputs: [half, sum], outputs: speller.outputs)
    }

    func infer(_ context: InferenceContext) -> [Inferred] { context.same() }

    var inPlaceInputs: [Int] { [0] }

    var locality: Locality { .elementwise }

    func prepare(_ context: PreparationContext) throws -> Kernel? {
        switch approximation {
        case .none: try context.map(Exact())
        case .tanh: try context.map(Approximate())
        }
    }

    /// `(1 + erf z) / 2` as `erfc(−z) / 2`, which keeps its precision where it is near 0.
    private struct Exact: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            x * (0.5 * T.erfc(-x * T(0.5).squareRoot()))
        }
    }

    /// `(1 + tanh u) / 2` as the sigmoid of `2u`.
    private struct Approximate: UnaryFunction {
        static var cost: Int { RealMath.cost }
        @inline(__always)
        func callAsFunction<T: RealElement>(_ x: T) -> T {
            let inner: T = x + T(Gelu.cubic) * x * x * x
            let twice: T = 2 * T(Gelu.scale)
            return x * T.sigmoid(twice * inner)
        }
    }
}

extension Speller {
    /// Spells the product of a value of the type and shape of input 0 with a number.
    mutating func scaled(_ value: String, by factor: Double) throws -> String {
        let factor = try Tensor(filledWith: factor, elementType(0), shape: [])
        return try append(
            Mul(), [value, constant(factor)],
            known: [known.first ?? nil, Inferred(constant: factor)])
    }
}

extension Gelu: DifferentiableOperator {
    /// `g · (Φ(x) + x · Φ′(x))`.
    public func differentiate(_ derivative: inout Derivative) throws {
        let g = try derivative.outputGradient()

        let x = try derivative.input(0)
        let slope: Derivative.Operand
        switch approximation {
        case .none:
            let erf = try derivative.append(Erf(), derivative.multiply(x, 0.5.squareRoot()))
            let distribution = try derivative.multiply(derivative.add(erf, 1), 0.5)
            let bell = try derivative.append(
                Exp(), derivative.multiply(derivative.square(x), -0.5))
            let density = try derivative.multiply(bell, 1 / (2 * Double.pi).squareRoot())
            slope = try derivative.add(distribution, derivative.multiply(x, density))
        case .tanh:
            let square = try derivative.square(x)
            let factor = try derivative.add(derivative.multiply(square, Gelu.cubic), 1)
            let inner = try derivative.multiply(derivative.multiply(x, factor), Gelu.scale)
            let t = try derivative.append(Tanh(), inner)
            let steep = try derivative.add(derivative.multiply(square, 3 * Gelu.cubic), 1)
            let innerSlope = try derivative.multiply(steep, Gelu.scale)
            let density = try derivative.multiply(
                derivative.subtract(1, derivative.square(t)), innerSlope)
            let rest = try derivative.multiply(x, density)
            slope = try derivative.multiply(
                derivative.add(derivative.add(t, 1), rest), 0.5)
        }
        derivative.give(try derivative.multiply(g, slope), for: 0)
    }
}
