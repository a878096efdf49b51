import HingeGraph
import HingeOperators
import HingeProgram

/// Which operators work on one channel at a time in the channels-first layout: rule 6 of ``Layout``.
enum ImageByImage {
    /// The number of channels to take apart; `nil` for an operator that takes them together.
    ///
    /// - Parameters:
    ///   - candidate: The operator for channels-first input.
    ///   - step: The step with channels-last input, `[N, height, width, C]`.
    static func channels(
        _ candidate: any Operator, _ step: Program.Step, _ editor: ProgramEditor
    ) -> Int? {
        guard let resize = candidate as? Resize, resize.mode == .cubic, !resize.isAntialiased,
            resize.axes == [2, 3], let shape = editor.shape(step.inputs[0]), shape.rank == 4,
            let channels = shape[3].extent, channels > 0, !grows(step, shape, editor)
        else { return nil }
        return channels
    }

    /// Whether neither height nor width becomes smaller.
    private static func grows(_ step: Program.Step, _ shape: Shape, _ editor: ProgramEditor) -> Bool
    {
        func constant(_ index: Int) -> [Double]? {
            guard index < step.inputs.count else { return nil }
            return try? editor.constant(step.inputs[index])?.doubles()
        }
        if let scales = constant(2), scales.count == 2 { return scales.allSatisfy { $0 >= 1 } }
        guard let sizes = constant(3), sizes.count == 2, let height = shape[1].extent,
            let width = shape[2].extent
        else { return false }
        return sizes[0] >= Double(height) && sizes[1] >= Double(width)
    }
}
