import HingeGraph

extension Speller {
    /// Whether QuantizeLinear or DequantizeLinear is written as what it computes: before version 21 they have no 16-bit integers
    /// and no scales of blocks, before 19 only numbers and scales of `float32`.
    ///
    /// - Parameters:
    ///   - blockSize: The number of positions that share a scale; 0 unless scales belong to blocks.
    ///   - type: The type of few bits.
    func needsQuantizationSteps(blockSize: Int, _ type: DataType) throws -> Bool {
        guard opset < 21, type.isInteger else { return false }
        if blockSize > 0 || type.bitWidth == 16 { return true }
        let types = [0, 1].compactMap { dataType($0) }
        return opset < 19 && types.contains { $0.isFloatingPoint && $0 != .float32 }
    }

    /// A scale or zero point, laid over input 0.
    ///
    /// - Throws: ``HingeError`` when too little is known of the shapes.
    mutating func quantizationOperand(
        _ index: Int, axis: Int, blockSize: Int, as type: DataType
    ) throws -> String {
        let value =
            try elementType(index) == type ? inputs[index] : cast(inputs[index], to: type)
        guard let shape = shape(index) else { throw unknownQuantization("the rank of the scale") }
        if shape.rank == 0 || shape.extents == [1] && blockSize == 0 { return value }
        guard let rank = self.shape(0)?.rank else { throw unknownQuantization("the rank of x") }
        let place = try InferenceContext.axis(axis, rank: rank)
        if blockSize == 0 {
            let ones = [Int](repeating: 1, count: rank - place - 1)
            return try append(
                Reshape(shape: [-1] + ones), [value], known: [.tensor(type, shape)])
        }
        guard let extent = self.shape(0)?[place].extent else {
            throw unknownQuantization("the extent of x along the axis")
        }
        try MemoryLimit.check(.int64, [extent])
        let blocks = constant(Tensor((0..<extent).map { Int64($0 / blockSize) }))
        return try append(Gather(axis: place), [value, blocks])
    }

    private func unknownQuantization(_ what: String) -> HingeError {
        HingeError(.unsupported, "\(what) must be known to write this for opset \(opset)")
    }
}

extension QuantizeLinear {
    /// Writes the operator as a quotient that is rounded and held in the range of the type.
    func spellAsSteps(_ speller: inout Speller) throws {
        let scaleType = try speller.elementType(1)
        let type = try speller.hasInput(2) ? speller.elementType(2) : outputType ?? .uint8
        guard precision ?? scaleType == scaleType else {
            throw speller.needs(23, "QuantizeLinear in another precision than that of the scale")
        }
        guard let range = type.quantizedRange else {
            throw speller.needs(21, "QuantizeLinear to \(type)")
        }
        func operand(_ index: Int, _ type: DataType) throws -> String {
            try speller.quantizationOperand(index, axis: axis, blockSize: blockSize, as: type)
        }
        func number(_ value: Double) throws -> String {
            speller.constant(try Tensor(filledWith: value, .float32, shape: []))
        }
        let x = speller.cast(speller.inputs[0], to: scaleType)
        let quotient = speller.step("Div", [x, try operand(1, scaleType)])
        var y = speller.step("Round", [speller.cast(quotient, to: .float32)])
        if speller.hasInput(2) { y = speller.step("Add", [y, try operand(2, .float32)]) }
        let known = Inferred.tensor(.float32, speller.shape(0))
        y = try speller.append(
            Clip(minimum: Float(range.lowerBound), maximum: Float(range.upperBound)), [y],
            known: [known])
        try speller.append(
            Cast(to: type), [y], outputs: speller.outputs, known: [known])
    }
}

extension DequantizeLinear {
    /// Writes the operator as a difference and a product, in single precision at least.
    func spellAsSteps(_ speller: inout Speller) throws {
        guard speller.opset >= 7 else { throw speller.needs(7, Self.type) }
        let type = try outputType ?? speller.elementType(1)
        let wide = speller.statisticsType(type, stash: .float32)
        func operand(_ index: Int) throws -> String {
            try speller.quantizationOperand(index, axis: axis, blockSize: blockSize, as: wide)
        }
        var y = speller.cast(speller.inputs[0], to: wide)
        if speller.hasInput(2) { y = speller.step("Sub", [y, try operand(2)]) }
        if type == wide {
            return speller.emit("Mul", inputs: [y, try operand(1)], outputs: speller.outputs)
        }
        y = speller.step("Mul", [y, try operand(1)])
        speller.emit("Cast", [.dataType("to", type)], inputs: [y], outputs: speller.outputs)
    }
}
