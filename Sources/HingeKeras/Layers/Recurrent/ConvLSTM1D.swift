/// A convolutional long short-term memory along `[N, T, steps, C]`, N the batch, T the times and C
/// the channels.
///
/// Source: Keras `ConvLSTM1D`; the variables are those of the cell.
struct ConvLSTM1DLayer: RecurrentLayer {
    var settings: RecurrentSettings
    /// What happens at one step.
    var step: ConvLSTMCell
}

extension ConvLSTM1DLayer {
    static let className = "ConvLSTM1D"

    init(_ config: ConfigReader) throws {
        settings = try RecurrentSettings(config)
        step = try ConvLSTMCell(config, rank: 1)
    }

    var cell: any RecurrentCell { step }

    func write(_ config: inout ConfigWriter) {
        step.write(&config)
        settings.write(&config)
    }
}
