import HingeGraph

extension SpatialWindow {
    /// The shape that pooling gives a value of shape `[N, C, spatial…]`.
    ///
    /// - Throws: ``HingeError`` when the window surely doesn't fit.
    func poolShape(_ input: Shape?) throws -> Shape? {
        guard let input else {
            if kernel.isEmpty { return nil }
            return Shape([Shape.Dimension](repeating: .unknown, count: kernel.count + 2))
        }
        guard input.rank >= 3 else {
            throw HingeError(.mismatch, "expected 3 dimensions or more, found \(input)")
        }
        return Shape([input[0], input[1]] + (try output(input.spatial)))
    }

    /// Whether there are gaps between the elements of the window.
    var isDilated: Bool { dilations.contains { $0 != 1 } }

    /// Whether there may be padding.
    var pads: Bool {
        if case .explicit(let pads) = padding { return pads.contains { $0 != 0 } }
        return padding.isSame
    }
}

extension InferenceContext {
    /// The output of an operator that makes one element of each channel of input 0, `[N, C, spatial…]`.
    func inferGlobalPool() throws -> [Inferred] {
        guard let input = shape(0) else { return [.tensor(dataType(0), nil)] }
        try require(input.rank >= 2, "expected 2 dimensions or more, found \(input)")
        let ones = [Shape.Dimension](repeating: 1, count: input.rank - 2)
        return [.tensor(dataType(0), Shape([input[0], input[1]] + ones))]
    }
}

extension RealElement {
    /// The root that ends a norm of order `p`.
    func root(_ p: Float) -> Self {
        switch p {
        case 1: self
        case 2: squareRoot()
        default: Self.pow(self, 1 / Self(p))
        }
    }
}

extension PreparationContext {
    /// Writes one number for each plane of input 0, `[N, C, spatial…]`, to output 0, `[N, C, 1, …]`.
    func reducePlanes<T: RealElement>(
        _ type: T.Type, _ reduce: @escaping @Sendable (UnsafeBufferPointer<T>) -> T
    ) throws -> Kernel {
        let x = try input(0)
        guard x.rank >= 2 else {
            throw HingeError(.mismatch, "expected 2 dimensions or more, found \(x.shape)")
        }
        let ones = [Int](repeating: 1, count: x.rank - 2)
        let (dataType, shape) = (x.dataType, Array(x.shape.prefix(2)) + ones)
        let size = try Tensor.count(of: Array(x.shape.dropFirst(2)))
        return { context in
            let y = try context.output(0, dataType, shape)
            let values = try context.input(0).reals(T.self)
            try y.withReals(T.self) { result in
                try values.withUnsafeElements(of: T.self) { values in
                    parallelFor(result.count, cost: 2 * size) { planes in
                        for plane in planes {
                            result[plane] = reduce(
                                UnsafeBufferPointer(
                                    rebasing: values[plane * size..<(plane + 1) * size]))
                        }
                    }
                }
            }
        }
    }
}

extension NodeReader {
    /// The order of the norm of LpPool and GlobalLpPool: any number in version 1, an integer after.
    func norm() throws -> Float {
        let p = opset < 2 ? try float("p", default: 2) : Float(try int("p", default: 2))
        guard p > 0, p.isFinite else { throw error("p", "expected a positive number, found \(p)") }
        return p
    }
}

extension Speller {
    /// The attribute that spells the order of the norm of LpPool and GlobalLpPool.
    ///
    /// - Throws: ``HingeError`` when the version can't express it.
    func norm(_ p: Float) throws -> Attribute {
        if opset < 2 { return .float("p", p) }
        guard let integer = Int(exactly: p) else {
            throw HingeError(
                .unsupported, "a norm of order \(p) needs opset 1, not \(opset)")
        }
        return .int("p", integer)
    }
}
