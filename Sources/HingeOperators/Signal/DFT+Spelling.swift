import HingeGraph

extension DFT {
    /// Writes the transform along an axis that is computed: of the rows that the signal consists of.
    func spellComputedAxis(_ speller: inout Speller, _ flags: [Attribute]) throws {
        let rows = try SignalRows(&speller)
        let result = speller.step(
            Self.type, [rows.value] + speller.inputs[1..<2], flags + [.int("axis", 1)])
        try rows.restore(result, &speller)
    }

    /// Writes the transform as products with cosines and sines, for versions before 17.
    func spellAsProducts(_ speller: inout Speller) throws {
        guard speller.opset >= 11 else { throw speller.needs(11, Self.type) }
        let type = try speller.elementType(0)
        guard let parts = speller.shape(0)?.dimensions.last?.extent, (1...2).contains(parts) else {
            throw HingeError(
                .unsupported,
                "whether the signal is complex must be known to write DFT for opset "
                    + "\(speller.opset)")
        }
        var rows = try SignalRows(&speller)
        let length = length(of: rows.extent, &speller)
        if speller.hasInput(1) {
            let last = isInverse && isOneSided ? length.half : length.all
            rows.cut(to: isInverse && isOneSided ? speller.next(last) : last, &speller)
        }
        let tables = tables(of: rows.extent, length, type, &speller)
        // [before, L, after, parts] as [before, after, L] for each part.
        let (real, imaginary) = try (
            part(0, of: rows.value, &speller), parts == 2 ? part(1, of: rows.value, &speller) : nil
        )
        func product(_ part: String, _ table: String) -> String {
            speller.step("MatMul", [part, table])
        }
        var results = [product(real, tables.cosine)]
        if let imaginary {
            results[0] = speller.step(
                isInverse ? "Sub" : "Add", [results[0], product(imaginary, tables.sine)])
        }
        if !(isInverse && isOneSided) {
            let turned = product(real, tables.sine)
            var second = isInverse ? turned : speller.step("Neg", [turned])
            if let imaginary {
                second = speller.step("Add", [second, product(imaginary, tables.cosine)])
            }
            results.append(second)
        }
        results = try results.map {
            try speller.append(
                Unsqueeze(axes: [3]), [$0], known: [.tensor(type, .unknown(rank: 3))])
        }
        let joined =
            results.count == 1 ? results[0] : speller.step("Concat", results, [.int("axis", 3)])
        try rows.restore(speller.append(Transpose([0, 2, 1, 3]), [joined]), &speller)
    }

    private func part(
        _ index: Int, of value: String, _ speller: inout Speller
    ) throws -> String {
        let place = speller.constant(Tensor(scalar: Int64(index)))
        let part = speller.step("Gather", [value, place], [.int("axis", 3)])
        return try speller.append(Transpose([0, 2, 1]), [part])
    }

    /// The length of the transform, and half of it, cut off.
    private typealias Length = (all: String, half: String)

    private func length(of extent: String, _ speller: inout Speller) -> Length {
        let two = speller.constant(Tensor(scalar: 2 as Int64))
        var all = extent
        if speller.hasInput(1) {
            let length = speller.cast(speller.inputs[1], to: .int64)
            all = speller.step("Reshape", [length, speller.constant(Tensor([Int64]()))])
        } else if isInverse && isOneSided {
            let one = speller.constant(Tensor(scalar: 1 as Int64))
            all = speller.step("Mul", [two, speller.step("Sub", [extent, one])])
        }
        return (all, speller.step("Div", [all, two]))
    }

    /// The matrices of cosines and sines for a signal of `extent` elements, `[extent, count of results]`, divided by the length
    /// where the transform does that.
    private func tables(
        of extent: String, _ length: Length, _ type: DataType, _ speller: inout Speller
    ) -> (cosine: String, sine: String) {
        func number(_ value: Int64) -> String { speller.constant(Tensor(scalar: value)) }
        func real(_ value: Double) -> String { speller.constant(Tensor(scalar: value)) }
        func combined(_ type: String, _ a: String, _ b: String) -> String {
            speller.step(type, [a, b])
        }
        let (zero, one) = (number(0), number(1))
        let count = isOneSided && !isInverse ? speller.next(length.half) : length.all
        let column = speller.constant(Tensor([-1, 1] as [Int64]))
        let places = speller.step(
            "Reshape", [speller.step("Range", [zero, extent, one]), column])
        let turns = combined("Mul", places, speller.step("Range", [zero, count, one]))
        let whole = speller.cast(length.all, to: .float64)
        let fractions = combined(
            "Div", speller.cast(combined("Mod", turns, length.all), to: .float64), whole)
        let angles = combined("Mul", fractions, real(2 * Double.pi))
        var weights = real(1)
        if isInverse && isOneSided {
            // What is left out of the spectrum mirrors what is there, but for its first and middle elements.
            let isAlone = combined(
                "Or", combined("Equal", places, zero),
                combined("Equal", combined("Mul", places, number(2)), length.all))
            weights = speller.step("Where", [isAlone, real(1), real(2)])
        }
        if isInverse { weights = combined("Div", weights, whole) }
        func table(_ function: String) -> String {
            let values = combined("Mul", speller.step(function, [angles]), weights)
            return speller.cast(values, to: type)
        }
        return (table("Cos"), table("Sin"))
    }
}

extension Speller {
    /// The number after a number of type `int64`.
    fileprivate mutating func next(_ number: String) -> String {
        step("Add", [number, constant(Tensor(scalar: 1 as Int64))])
    }
}

/// The signal of ``DFT`` as `[before, L, after, parts]`, where L is its extent along the axis, an axis that may be computed.
private struct SignalRows {
    /// The name of the signal so.
    private(set) var value: String
    /// The name of L, a scalar.
    private(set) var extent: String
    private let parts: (before: String, axis: String, after: String)

    init(_ speller: inout Speller) throws {
        if !speller.hasInput(2) {
            speller = speller.adding([2: Tensor(scalar: -2 as Int64)])
        }
        let rows = try AxisRows(&speller, axis: 2)
        let last = speller.constant(Tensor([-1 as Int64]))
        let width = speller.step("Gather", [rows.parts.after, last], [.int("axis", 0)])
        let kept = speller.constant(Tensor([0, 0, -1] as [Int64]))
        let shape = speller.step("Concat", [kept, width], [.int("axis", 0)])
        value = speller.step("Reshape", [rows.value, shape])
        extent = speller.step("Reshape", [rows.parts.axis, speller.constant(Tensor([Int64]()))])
        parts = rows.parts
    }

    /// Leaves out what is beyond a number of elements.
    mutating func cut(to count: String, _ speller: inout Speller) {
        func places(_ values: Int...) -> String {
            speller.constant(Tensor(values.map { Int64($0) }))
        }
        let end = speller.step("Reshape", [count, places(1)])
        value = speller.step("Slice", [value, places(0), end, places(1)])
        let place = speller.constant(Tensor(scalar: 1 as Int64))
        extent = speller.step("Gather", [speller.step("Shape", [value]), place])
    }

    /// Gives a result of such a shape the dimensions of the signal, and makes it the output.
    func restore(_ result: String, _ speller: inout Speller) throws {
        func places(_ values: Int...) -> String {
            speller.constant(Tensor(values.map { Int64($0) }))
        }
        func picked(_ vector: String, _ index: Int) -> String {
            speller.step("Gather", [vector, places(index)], [.int("axis", 0)])
        }
        let shape = speller.step("Shape", [result])
        let between = speller.step("Slice", [parts.after, places(0), places(-1)])
        let extents = speller.step(
            "Concat", [parts.before, picked(shape, 1), between, picked(shape, 3)],
            [.int("axis", 0)])
        try speller.append(Reshape(), [result, extents], outputs: speller.outputs)
    }
}
