import HingeGraph

extension Resize {
    /// Writes `Resize`, or `Upsample` before version 10; without `axes` where that can be.
    public func spell(_ speller: inout Speller) throws {
        if try needsSteps(speller) {
            var steps = try ResizeSteps(self, speller)
            return try steps.write()
        }
        if let plain = try withoutAxes(&speller) {
            return try speller.append(
                plain.resize, plain.inputs, outputs: speller.outputs, known: plain.known)
        }
        guard speller.opset >= 11 else { return try spellOldest(&speller) }
        var coordinates = coordinates
        var rounding = try oneRounding(speller) ?? rounding
        if speller.opset >= 18, coordinates == .tensorFlowHalfPixel {
            // Rounding x + ½ down is rounding x half up.
            coordinates = .halfPixel
            rounding = .preferCeil
        }
        var attributes: [Attribute] = [
            .string("mode", mode.rawValue),
            .string("coordinate_transformation_mode", coordinates.rawValue),
        ]
        if mode == .nearest { attributes.append(.string("nearest_mode", rounding.rawValue)) }
        if mode == .cubic { attributes.append(.float("cubic_coeff_a", cubicCoefficient)) }
        if excludesOutside { attributes.append(.int("exclude_outside", 1)) }
        if coordinates == .tensorFlowCrop {
            attributes.append(.float("extrapolation_value", extrapolationValue))
        }
        if isAntialiased { attributes.append(.int("antialias", 1)) }
        if aspectPolicy != .stretch {
            attributes.append(.string("keep_aspect_ratio_policy", aspectPolicy.rawValue))
        }
        var inputs = currentInputs(speller)
        if speller.opset < 18 {
            if axes != nil { throw speller.needs(18, "Resize with axes of an unknown shape") }
        } else if let axes {
            attributes.append(.ints("axes", axes))
        }
        if speller.opset < 13 {
            // Region and scales have to be there; empty ones mean nothing.
            for index in 1...2 where inputs[index].isEmpty {
                inputs[index] = speller.constant(Tensor([Float]()))
            }
        }
        speller.emit(Self.type, attributes, inputs: inputs, outputs: speller.outputs)
    }

    /// Whether a version from 11 on has no words for what the operator does.
    private func needsSteps(_ speller: Speller) throws -> Bool {
        let opset = speller.opset
        if opset < 18, isAntialiased || aspectPolicy != .stretch { return true }
        if opset < 19, coordinates == .halfPixelSymmetric { return true }
        if opset >= 18, coordinates == .tensorFlowHalfPixel {
            return mode != .nearest || rounding != .floor
        }
        return try opset >= 11 && oneRounding(speller) == nil
    }

    /// The rounding of all dimensions; `nil` when they aren't surely rounded alike.
    private func oneRounding(_ speller: Speller) throws -> Rounding? {
        guard roundsUpWhenShrinking, mode == .nearest else { return rounding }
        guard speller.constantInput(scalesIndex) != nil else { return nil }
        let scales = try constantScales(speller)
        guard scales.contains(where: { $0 < 1 }) else { return rounding }
        return scales.allSatisfy { $0 <= 1 } ? .ceil : nil
    }

    /// The four inputs of version 11 and later.
    private func currentInputs(_ speller: Speller) -> [String] {
        var inputs = speller.inputs
        while inputs.count < 4 { inputs.append("") }
        return hasScalesFirst ? [inputs[0], "", inputs[1], ""] : inputs
    }

    /// Writes Resize 10, or Upsample.
    private func spellOldest(_ speller: inout Speller) throws {
        let opset = speller.opset
        guard mode != .cubic, try matchesOldest(speller) else {
            throw speller.needs(11, "Resize with these coordinates")
        }
        let x = speller.inputs[0]
        let mode = Attribute.string(
            "mode", opset < 7 && mode == .linear ? "bilinear" : mode.rawValue)
        let type = opset < 10 ? "Upsample" : Self.type
        let name = currentInputs(speller)[2]
        let mayShrink = roundsUpWhenShrinking || !hasScalesFirst
        if opset < 10, mayShrink, !name.isEmpty, speller.constantInput(scalesIndex) == nil {
            throw speller.needs(10, "Resize by computed scales")
        }
        if opset >= 9, !name.isEmpty, !speller.hasInput(3) || hasScalesFirst {
            if opset == 9, let scales = try speller.constantInput(scalesIndex)?.floats(),
                scales.contains(where: { $0 < 1 })
            {
                throw speller.needs(10, "Resize that makes smaller")
            }
            return speller.emit(type, [mode], inputs: [x, name], outputs: speller.outputs)
        }
        let scales = try constantScales(speller)
        if opset < 10, scales.contains(where: { $0 < 1 }) {
            throw speller.needs(10, "Resize that makes smaller")
        }
        if opset >= 9 {
            let operand = speller.constant(Tensor(scales))
            return speller.emit(type, [mode], inputs: [x, operand], outputs: speller.outputs)
        }
        if opset >= 7 {
            return speller.emit(
                type, [mode, Attribute("scales", .floats(scales))], inputs: [x],
                outputs: speller.outputs)
        }
        guard scales.count == 4, scales[0] == 1, scales[1] == 1 else {
            throw speller.needs(7, "Upsample of other dimensions than the last two of four")
        }
        speller.emit(
            type,
            [mode, .float("height_scale", scales[2]), .float("width_scale", scales[3])],
            inputs: [x], outputs: speller.outputs)
    }

    /// Whether the coordinates are those of version 10, asymmetric and rounded down, or give the same.
    private func matchesOldest(_ speller: Speller) throws -> Bool {
        if coordinates == .asymmetric, mode == .linear || roundsUpWhenShrinking || hasScalesFirst {
            return !isAntialiased && !excludesOutside && axes == nil && aspectPolicy == .stretch
        }
        guard mode == .nearest, coordinates != .tensorFlowCrop, axes == nil,
            aspectPolicy == .stretch
        else { return false }
        if coordinates == .asymmetric, rounding == .floor,
            let scales = speller.constantInput(scalesIndex), scales.count > 0
        {
            // The same, where nothing shrinks.
            return try scales.floats().allSatisfy { $0 >= 1 }
        }
        guard let extents = speller.shape(0)?.extents, extents.allSatisfy({ $0 < 1 << 16 }),
            let scales = try? constantScales(speller)
        else { return false }
        // Whole scales often round the same way; see whether they do.
        let axes = try plan(extents, region: nil, scales: Tensor(scales), sizes: nil)
        return axes.allSatisfy { axis in
            axis.resultExtent < 1 << 16
                && (0..<axis.resultExtent).allSatisfy { index in
                    let place = axis.place(of: index, coordinates).rounded(by: rounding(of: axis))
                    let oldest = axis.place(of: index, .asymmetric)
                        .rounded(axis.scale < 1 ? .up : .down)
                    let last = Double(axis.extent - 1)
                    return min(max(place, 0), last) == min(max(oldest, 0), last)
                }
        }
    }

    /// The scales, as constants.
    private func constantScales(_ speller: Speller) throws -> [Float] {
        if let scales = speller.constantInput(scalesIndex), scales.count > 0 {
            return try scales.floats()
        }
        guard !hasScalesFirst, let sizes = speller.constantInput(3),
            let extents = speller.shape(0)?.extents, !extents.contains(0)
        else { throw speller.needs(11, "Resize to sizes that are computed") }
        let wanted = try sizes.integers()
        let scales = zip(wanted, extents).map { Float($0) / Float($1) }
        for (index, scale) in scales.enumerated() {
            guard Int(exactly: (Float(extents[index]) * scale).rounded(.down)) == wanted[index]
            else { throw speller.needs(11, "Resize to sizes") }
        }
        return scales
    }
}
