/// A date and time of day of the Gregorian calendar, for `strftime_now`.
package struct ChatDate: Hashable, Sendable {
  /// The year.
  package let year: Int
  /// The month, from 1.
  package let month: Int
  /// The day of the month, from 1.
  package let day: Int
  /// The day of the week, Sunday being 0.
  package let weekday: Int
  /// The day of the year, from 1.
  package let dayOfYear: Int
  /// The second of the day.
  package let second: Int

  /// The date, in UTC, at a number of seconds since the beginning of 1970.
  ///
  /// The days are counted from the first of March of a year divisible by 400, so that leap days come last.
  package init(secondsSince1970 time: Int) {
    let time = min(max(time, 0), 253_402_300_799)  // the end of the year 9999
    second = time % 86_400
    let days = time / 86_400
    weekday = (days + 4) % 7
    let shifted = days + 719_468
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfShiftedYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfShiftedYear + 2) / 153
    day = dayOfShiftedYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = shifted / 146_097 * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    self.year = year
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1]
    dayOfYear = before + day + (isLeap && month > 2 ? 1 : 0)
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
  ]
  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  /// The date written by one of the letters of `strftime`, in the C locale; nil for a letter that is not known.
  func written(_ letter: Unicode.Scalar) -> String? {
    let hour = second / 3600
    return switch letter {
    case "Y": "\(year)"
    case "y": Self.padded(year % 100)
    case "m": Self.padded(month)
    case "d": Self.padded(day)
    case "e": Self.padded(day, with: " ")
    case "j": (dayOfYear < 100 ? "0" : "") + Self.padded(dayOfYear)
    case "B": Self.months[month - 1]
    case "b", "h": String(Self.months[month - 1].prefix(3))
    case "A": Self.weekdays[weekday]
    case "a": String(Self.weekdays[weekday].prefix(3))
    case "H": Self.padded(hour)
    case "I": Self.padded(hour % 12 == 0 ? 12 : hour % 12)
    case "M": Self.padded(second / 60 % 60)
    case "S": Self.padded(second % 60)
    case "p": hour < 12 ? "AM" : "PM"
    case "%": "%"
    default: nil
    }
  }

  private static func padded(_ number: Int, with pad: String = "0") -> String {
    (number < 10 ? pad : "") + String(number)
  }
}
